"""The language a user has chosen, and addresses in it."""

from django.conf import settings
from django.urls import translate_url
from django.utils.translation import get_language, get_language_from_path, override

from catalog.accounts.models import User


def in_own_language(address: str, user: User) -> str:
    """The same page in the language `user` has chosen; without a choice, in the one spoken now."""
    wanted = user.language or get_language() or settings.LANGUAGE_CODE
    # Django reads an address by the patterns of the language spoken, so each is read in its own.
    with override(get_language_from_path(address) or settings.LANGUAGE_CODE):
        return translate_url(address, wanted)
