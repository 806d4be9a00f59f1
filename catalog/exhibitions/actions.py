"""Writing in exhibitions."""

from django.db import transaction

from catalog.exhibitions.models import Exhibition, GuestbookEntry


def write_in_guest_book(
    *, exhibition: Exhibition, message: str, name: str, show_name: bool, country: str, language: str
) -> GuestbookEntry:
    """Keep a visitor's words; they wait until a person has read them."""
    with transaction.atomic():
        return GuestbookEntry.objects.create(
            exhibition=exhibition, message=message, name=name, show_name=show_name, country=country, language=language
        )
