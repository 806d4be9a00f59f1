"""Proposing mentions from a page's text, and deciding on them. None becomes a mention automatically."""

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
# The most letters of each field; the same in proposals and mentions.
LONGEST_FIELD: dict[str, int] = {
    field.name: getattr(field, "max_length", None) or 0
    for field in MentionProposal._meta.get_fields()
    if field.name in ("name", *MentionProposal.FACTS)
}


class AlreadyDecided(Exception):
    """This proposal was already decided."""


class NoName(ValueError):
    """A mention needs a name."""


@action
def propose_mentions(*, page: Page) -> int:
    """Find names in the page's current text and propose those that are not known yet; returns how many are new.

    Names that were refused or are mentions already are not proposed again; open proposals that are no longer in the
    text are deleted. One transaction.
    """
    with transaction.atomic():
        text = PageText.objects.filter(page=page, current=True).first()
        findings = find_people(without_marks(text.text)) if text else []
        entered = Counter(
            fold(name) for name in Mention.objects.kept().filter(page=page).values_list("name", flat=True)
        )
        known_by_key = {
            (proposal.name_key, proposal.ordinal): proposal for proposal in MentionProposal.objects.filter(page=page)
        }
        # Mentions made from a proposal belong to it; `entered` counts only those that were entered in another way.
        for proposal in known_by_key.values():
            if proposal.mention_id and entered[proposal.name_key]:
                entered[proposal.name_key] -= 1
        rows = text.boxes if text else []
        count_by_name: Counter[str] = Counter()
        still_found: set[tuple[str, int]] = set()
        new = 0
        for finding in findings:
            key = fold(finding.name)[:200]
            if entered[key]:
                entered[key] -= 1
                continue
            count_by_name[key] += 1
            still_found.add((key, count_by_name[key]))
            known = known_by_key.get((key, count_by_name[key]))
            if known is not None and known.state != State.PROPOSED:
                continue
            proposal = known or MentionProposal(page=page, name_key=key, ordinal=count_by_name[key])
            _write_fields(proposal, finding, text, rows)
            proposal.save()
            new += known is None
        outdated = [
            proposal.pk
            for key, proposal in known_by_key.items()
            if proposal.state == State.PROPOSED and key not in still_found
        ]
        MentionProposal.objects.filter(pk__in=outdated).delete()
    return new


def follow_chosen_texts() -> None:
    """Propose names whenever a person has chosen the text of a page. Called once, when the app is ready."""
    text_chosen.connect(_on_text_chosen, dispatch_uid="catalog.propose_mentions")


def _on_text_chosen(*, page: Page, **_: Any) -> None:
    propose_mentions(page=page)


@action
def accept_proposal(
    *, proposal: MentionProposal, person: User, corrected: Mapping[str, str] | None = None
) -> MentionProposal:
    """Make a mention from a proposal, with `corrected` fields (name and facts) if given. Returns the proposal. Raises
    AlreadyDecided, NoName."""
    with transaction.atomic():
        proposal = _lock_open(proposal)
        original = {field: str(getattr(proposal, field)) for field in ("name", *MentionProposal.FACTS)}
        values = original | {
            field: " ".join(value.split()) for field, value in (corrected or {}).items() if field in original
        }
        if not values["name"]:
            raise NoName
        for field in ("name", *MentionProposal.FACTS):
            values[field] = values[field][: LONGEST_FIELD[field]]
        facts = {field: values[field] for field in MentionProposal.FACTS}
        proposal.mention = record_mention(
            actor=person, page=proposal.page, name=values["name"], facts=facts, box=proposal.box, lines=proposal.lines
        )
        return _write_decision(proposal, State.ACCEPTED if values == original else State.CORRECTED, person)


def refuse_proposal(*, proposal: MentionProposal, person: User) -> MentionProposal:
    """Record that this is no name of a person; it is not proposed again. Raises AlreadyDecided."""
    with transaction.atomic():
        return _write_decision(_lock_open(proposal), State.REFUSED, person)


@action
def undo_decision(*, proposal: MentionProposal, person: User) -> MentionProposal:
    """Undo a decision: the mention made from the proposal is moved to the trash, and the proposal is open again."""
    with transaction.atomic():
        proposal = MentionProposal.objects.select_for_update().get(pk=proposal.pk)
        if proposal.mention is not None and proposal.mention.trashed_at is None:
            trash_mention(actor=person, mention=proposal.mention)
        proposal.state, proposal.mention, proposal.decided_by, proposal.decided_at = State.PROPOSED, None, None, None
        proposal.save()
    return proposal


def _lock_open(proposal: MentionProposal) -> MentionProposal:
    locked = MentionProposal.objects.select_for_update().select_related("page__record").get(pk=proposal.pk)
    if locked.state != State.PROPOSED:
        raise AlreadyDecided
    return locked


def _write_decision(proposal: MentionProposal, state: str, person: User) -> MentionProposal:
    proposal.state, proposal.decided_by, proposal.decided_at = state, person, timezone.now()
    proposal.save()
    return proposal


def _write_fields(proposal: MentionProposal, finding: Finding, text: PageText | None, rows: list[list[int]]) -> None:
    proposal.text, proposal.position, proposal.name = text, finding.start, finding.name[:200]
    for field in MentionProposal.FACTS:
        setattr(proposal, field, getattr(finding, field)[: LONGEST_FIELD[field]])
    proposal.lines = text.text[finding.from_line : finding.to_line].strip() if text else ""
    box = box_around(rows, finding.start, finding.end)
    proposal.box_x, proposal.box_y, proposal.box_w, proposal.box_h = box or (None, None, None, None)
