"""Pages of records: making them."""

from collections.abc import Sequence

from catalog.accounts.models import User
from catalog.changes.actions import remember_made
from catalog.changes.models import note_changes
from catalog.changes.writing import HOUSE, Actor, action, require
from catalog.records.models import Page


@action
def make_pages(*, pages: Sequence[Page], actor: Actor | None = None) -> Sequence[Page]:
    """Save new pages of any records at once, with their history and what became stale.

    actor: None for a delivery without an owner, taken in by a command on the host. Raises NotAllowed.
    """
    require(actor or HOUSE, "add_page")
    Page.objects.bulk_create(pages, batch_size=1000)
    remember_made(Page, [page.pk for page in pages], actor if isinstance(actor, User) else None)
    note_changes(thing for page in pages for thing in page.followed())
    return pages
