"""Creating pages of records."""

from collections.abc import Sequence

from catalog.accounts.models import User
from catalog.changes.actions import write_creation_history
from catalog.changes.models import enqueue_changes
from catalog.changes.writing import HOUSE, Actor, action, require
from catalog.records.models import Page
from catalog.records.models.pages import free_address


@action
def make_pages(*, pages: Sequence[Page], actor: Actor | None = None) -> Sequence[Page]:
    """Save new pages of any records at once, with their history and outbox rows.

    actor: None for a delivery without an owner, loaded by a command on the host. Raises NotAllowed.
    """
    require(actor or HOUSE, "add_page")
    _give_addresses(pages)
    Page.objects.bulk_create(pages, batch_size=1000)
    write_creation_history(Page, [page.pk for page in pages], actor if isinstance(actor, User) else None)
    enqueue_changes(change for page in pages for change in page.stale_documents())
    return pages


def _give_addresses(pages: Sequence[Page]) -> None:
    records = {page.record_id for page in pages}
    taken: dict[int, set[int]] = {record: set() for record in records}
    record_keys = sorted(records)
    for start in range(0, len(record_keys), 500):
        rows = Page.objects.filter(record__in=record_keys[start : start + 500]).values_list("record_id", "address")
        for record, address in rows:
            taken[record].add(address)
    for page in pages:
        page.address = free_address(page.number, taken[page.record_id])
        taken[page.record_id].add(page.address)
