"""Queries for proposals, for staff."""

from django.db.models import QuerySet

from catalog.accounts.models import User
from catalog.reading.models import MentionProposal
from catalog.records.models import Page
from catalog.records.queries import uncovered_pages


def visible_proposals(asker: User) -> QuerySet[MentionProposal]:
    """Proposals, decided or not, on pages of which `asker` may read every word."""
    return MentionProposal.objects.filter(page__in=uncovered_pages(asker))


def open_proposals(asker: User) -> QuerySet[MentionProposal]:
    """Proposals without a decision, on pages of which `asker` may read every word, in the order of records and
    pages."""
    return (
        visible_proposals(asker)
        .filter(state=MentionProposal.State.PROPOSED)
        .select_related("page__record__repository")
        .prefetch_related("page__record__identifiers")
    )


def proposals_on(page: Page) -> QuerySet[MentionProposal]:
    """All proposals of a page, decided or not, in the order of its text."""
    return (
        page.mention_proposals.select_related("page__record", "decided_by", "mention")
        .prefetch_related("page__record__identifiers")
        .order_by("position", "pk")
    )
