"""Proposing mentions from a page's text, and deciding on them. Nothing enters by itself."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.writing import action
from catalog.reading.models import MentionProposal
from catalog.records.actions import record_mention, trash_mention
from catalog.records.models import Mention, Page
from catalog.rules.findings import Finding, find_people
from catalog.rules.text import fold
from catalog.rules.transcription import without_marks
from catalog.texts.actions import text_chosen
from catalog.texts.models import PageText
from catalog.texts.packing import box_around

State = MentionProposal.State
# Letters that each field holds, in proposals and mentions alike.
LONGEST: dict[str, int] = {
    field.name: getattr(field, "max_length", None) or 0
    for field in MentionProposal._meta.get_fields()
    if field.name in ("name", *MentionProposal.FACTS)
}


class AlreadyDecided(Exception):
    """Somebody decided on this proposal before."""


class NoName(ValueError):
    """A mention needs a name."""


@action
def propose_mentions(*, page: Page) -> int:
    """Find names in the page's current text and propose those that are not there yet; returns how many are new.

    Names that were refused, or are mentions already, do not come back; open proposals that the text no longer bears out
    go. One transaction.
    """
    with transaction.atomic():
        text = PageText.objects.filter(page=page, current=True).first()
        found = find_people(without_marks(text.text)) if text else []
        entered = Counter(
            fold(name) for name in Mention.objects.kept().filter(page=page).values_list("name", flat=True)
        )
        standing = {(one.name_key, one.ordinal): one for one in MentionProposal.objects.filter(page=page)}
        # A mention that came of a proposal is that proposal's; only those entered otherwise are counted off here.
        for one in standing.values():
            if one.mention_id and entered[one.name_key]:
                entered[one.name_key] -= 1
        rows = text.boxes if text else []
        seen: Counter[str] = Counter()
        wanted: set[tuple[str, int]] = set()
        fresh = 0
        for finding in found:
            key = fold(finding.name)[:200]
            if entered[key]:
                entered[key] -= 1
                continue
            seen[key] += 1
            wanted.add((key, seen[key]))
            known = standing.get((key, seen[key]))
            if known is not None and known.state != State.PROPOSED:
                continue
            made = known or MentionProposal(page=page, name_key=key, ordinal=seen[key])
            _fill(made, finding, text, rows)
            made.save()
            fresh += known is None
        gone = [one.pk for key, one in standing.items() if one.state == State.PROPOSED and key not in wanted]
        MentionProposal.objects.filter(pk__in=gone).delete()
    return fresh


def follow_chosen_texts() -> None:
    """Let names be proposed whenever a person chose the text of a page. Called once, when the app is ready."""
    text_chosen.connect(_propose_of_chosen, dispatch_uid="catalog.propose_mentions")


def _propose_of_chosen(*, page: Page, **_: Any) -> None:
    propose_mentions(page=page)


@action
def accept_proposal(
    *, proposal: MentionProposal, person: User, corrected: Mapping[str, str] | None = None
) -> MentionProposal:
    """Make a mention of it, as it stands or with `corrected` fields (name and facts). Raises AlreadyDecided, NoName."""
    with transaction.atomic():
        proposal = _open(proposal)
        as_found = {field: str(getattr(proposal, field)) for field in ("name", *MentionProposal.FACTS)}
        values = as_found | {
            field: " ".join(value.split()) for field, value in (corrected or {}).items() if field in as_found
        }
        if not values["name"]:
            raise NoName
        for field in ("name", *MentionProposal.FACTS):
            values[field] = values[field][: LONGEST[field]]
        facts = {field: values[field] for field in MentionProposal.FACTS}
        proposal.mention = record_mention(
            actor=person, page=proposal.page, name=values["name"], facts=facts, box=proposal.box, lines=proposal.lines
        )
        return _decide(proposal, State.ACCEPTED if values == as_found else State.CORRECTED, person)


def refuse_proposal(*, proposal: MentionProposal, person: User) -> MentionProposal:
    """Say that this names nobody; it is not proposed again. Raises AlreadyDecided."""
    with transaction.atomic():
        return _decide(_open(proposal), State.REFUSED, person)


@action
def undo_decision(*, proposal: MentionProposal, person: User) -> MentionProposal:
    """Take a decision back: the mention made of it goes to the trash, the proposal is open again."""
    with transaction.atomic():
        proposal = MentionProposal.objects.select_for_update().get(pk=proposal.pk)
        if proposal.mention is not None and proposal.mention.trashed_at is None:
            trash_mention(actor=person, mention=proposal.mention)
        proposal.state, proposal.mention, proposal.decided_by, proposal.decided_at = State.PROPOSED, None, None, None
        proposal.save()
    return proposal


def _open(proposal: MentionProposal) -> MentionProposal:
    found = MentionProposal.objects.select_for_update().select_related("page__record").get(pk=proposal.pk)
    if found.state != State.PROPOSED:
        raise AlreadyDecided
    return found


def _decide(proposal: MentionProposal, state: str, person: User) -> MentionProposal:
    proposal.state, proposal.decided_by, proposal.decided_at = state, person, timezone.now()
    proposal.save()
    return proposal


def _fill(made: MentionProposal, finding: Finding, text: PageText | None, rows: list[list[int]]) -> None:
    made.text, made.position, made.name = text, finding.start, finding.name[:200]
    for field in MentionProposal.FACTS:
        setattr(made, field, getattr(finding, field)[: LONGEST[field]])
    made.lines = text.text[finding.from_line : finding.to_line].strip() if text else ""
    box = box_around(rows, finding.start, finding.end)
    made.box_x, made.box_y, made.box_w, made.box_h = box or (None, None, None, None)
