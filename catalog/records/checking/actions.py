"""Storing what a check found, and repairing derived values: in short transactions, with outbox rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.changes.models import IndexedModel, enqueue_changes
from catalog.changes.writing import Actor, NotAllowed, action, action_in_steps, require
from catalog.dating.models import DatedModel
from catalog.people.models import NameForm, PersonName, SyllableKey
from catalog.records.actions.descriptions import describe_record
from catalog.records.actions.mentions import rederive_mentions
from catalog.records.actions.rows import change_row
from catalog.records.actions.standing import derived_values, finish_spreads
from catalog.records.checking.queries import (
    DAYS,
    Batch,
    Check,
    Comparison,
    Difference,
    What,
    checks,
    differing_counts,
    wrong_syllables,
)
from catalog.records.models import CatalogueFinding, Mention, Record, Spread
from catalog.records.queries import may_see, record_of, refresh_counts
from catalog.rules.identifiers import reference_key
from catalog.rules.standing import Standing
from catalog.rules.text import fold

# Rows repaired in one transaction: so few that a colleague's save waits no longer than a fifth of a second.
REPAIR_BATCH = 100


@dataclass
class CheckSummary:
    """Counts of a check so far. left: differences that remain; repaired: differences that were repaired; on_the_way:
    rows that a change from above has not reached yet; kept: differences that a person decided to keep; looked_at:
    rows."""

    left: int = 0
    repaired: int = 0
    on_the_way: int = 0
    kept: int = 0
    looked_at: int = 0
    by_what: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@action_in_steps
def check_batch(
    check: Check, batch: Batch, summary: CheckSummary, *, repair: bool = False, only: Sequence[str] = ()
) -> list[Difference]:
    """Compare one batch of rows, store the differences as findings, and settle findings whose difference is gone. With
    `repair`, write the correct values. Adds to `summary`; returns the differences that remain.

    only: kinds of `queries.CHECKED` to check; all if it is empty.
    """
    comparison = _filter_kinds(check.compare(batch.after, batch.last), only)
    differences = _without_kept(comparison.differences)
    summary.kept += len(comparison.differences) - len(differences)
    summary.looked_at += batch.rows
    summary.on_the_way += comparison.on_the_way
    if repair and differences:
        keys = sorted({difference.key for difference in differences})
        for start in range(0, len(keys), REPAIR_BATCH):
            _repair(check, keys[start : start + REPAIR_BATCH], [difference.what for difference in differences])
        comparison = _filter_kinds(check.compare(batch.after, batch.last), only)
        remaining = _without_kept(comparison.differences)
        summary.repaired += len(differences) - len(remaining)
        differences = remaining
    for difference in differences:
        summary.by_what[difference.what] += 1
    summary.left += len(differences)
    whats = [what for what in check.whats if not only or what in only or what in GIVEN_BY_HAND]
    _store_findings(check.model._meta.label_lower, whats, (batch.after, batch.last), differences, comparison.given)
    return differences


@action_in_steps
def check_counts(summary: CheckSummary, *, repair: bool = False) -> list[Difference]:
    """As `check_batch`, for the cached counts that pages show."""
    differing = differing_counts()
    if repair and differing:
        refresh_counts()
        summary.repaired += len(differing)
        differing = []
    summary.left += len(differing)
    for difference in differing:
        summary.by_what[difference.what] += 1
    _store_findings("catalog.page", [What.COUNTS], (-1, 2**62), differing, frozenset())
    return differing


@action_in_steps
def settle_findings_after(check: Check, last: int) -> None:
    """Settle the findings of a check after the last row that exists: their rows are gone."""
    _store_findings(check.model._meta.label_lower, check.whats, (last, 2**62), [], frozenset())


@action_in_steps
def apply_rules(*, actor: Actor, finding: CatalogueFinding, revision: int | None) -> None:
    """Write a row as the rules say, and settle the finding. revision: the revision of the row that the person saw; used
    for values given by hand. Raises NotAllowed, StaleChange, ValidationError."""
    row = row_of(finding)
    if row is not None:
        if finding.what == What.EDTF_GIVEN and isinstance(row, Record):
            describe_record(actor=actor, record=row, revision=revision, values={"date_edtf": ""})
        elif finding.what in GIVEN_BY_HAND:
            empty = {"date_edtf": ""} if finding.what == What.EDTF_GIVEN else {"unit": None}
            change_row(actor=actor, row=row, revision=revision, values=empty)
        else:
            _require(actor, row)
            for check in checks():
                if check.model._meta.label_lower == finding.model and finding.what in check.whats:
                    _repair(check, [finding.key], [finding.what])
    elif finding.what == What.COUNTS:
        require(actor, "change_page")
        refresh_counts()
    _settle(finding, actor, kept=False)


@action
def keep_as_is(*, actor: Actor, finding: CatalogueFinding) -> None:
    """Settle a finding without changing anything; the same difference is not reported again. Raises NotAllowed.

    Raises ValueError for kinds that are never kept against the rules, such as who may see a record.
    """
    if finding.what in NEVER_KEPT:
        raise ValueError("this follows from the records alone")
    row = row_of(finding)
    if row is not None:
        _require(actor, row)
    else:
        require(actor, f"change_{finding.model.partition('.')[2]}")
    _settle(finding, actor, kept=True)


GIVEN_BY_HAND = (What.EDTF_GIVEN, What.UNIT_GIVEN)
NEVER_KEPT = (What.STANDING, What.REFERENCE_CODE, What.COUNTS)


def row_of(finding: CatalogueFinding) -> Any:
    """The row that a finding is about; None if it is gone, or if the finding is about no row."""
    if finding.what == What.COUNTS:
        return None
    models = {check.model._meta.label_lower: check.model for check in checks()}
    model = models.get(finding.model)
    return None if model is None else model._base_manager.filter(pk=finding.key).first()


def _require(actor: Actor, row: Any) -> None:
    # A form of a name belongs to every name written so: those who may correct mentions may correct it.
    require(actor, "change_mention" if isinstance(row, NameForm) else f"change_{row._meta.model_name}")
    record = record_of(row)
    if record is not None and not may_see(actor, record):
        raise NotAllowed("view_record")


@action
def _settle(finding: CatalogueFinding, actor: Actor, *, kept: bool) -> None:
    CatalogueFinding.objects.filter(pk=finding.pk, settled_at=None).update(
        settled_at=timezone.now(), settled_by=actor.pk, kept=kept
    )


def _filter_kinds(comparison: Comparison, only: Sequence[str]) -> Comparison:
    if not only:
        return comparison
    differences = tuple(difference for difference in comparison.differences if difference.what in only)
    return Comparison(differences, comparison.on_the_way, comparison.given)


def _without_kept(differences: Sequence[Difference]) -> list[Difference]:
    """The differences without those that a person decided to keep as they are."""
    if not differences:
        return []
    keys = [difference.key for difference in differences]
    kept = set(
        CatalogueFinding.objects.filter(kept=True, key__in=keys).values_list(
            "model", "key", "what", "stored", "expected"
        )
    )
    return [
        difference
        for difference in differences
        if (difference.model, difference.key, difference.what, difference.stored, difference.expected) not in kept
    ]


@action
def _store_findings(
    model: str,
    whats: Sequence[str],
    key_range: tuple[int, int],
    differences: Sequence[Difference],
    given: frozenset[tuple[str, int]],
) -> None:
    """Replace the open findings of the rows in a range of keys by these differences, and settle the others. Findings
    about values given by hand stay open as long as the values differ from the words (`given`)."""
    after, last = key_range
    open_findings = {
        (finding.what, finding.key): finding
        for finding in CatalogueFinding.objects.filter(
            model=model, what__in=whats, key__gt=after, key__lte=last, settled_at=None
        )
    }
    differing = {(difference.what, difference.key): difference for difference in differences}
    settled = [finding.pk for key, finding in open_findings.items() if key not in differing and key not in given]
    if settled:
        CatalogueFinding.objects.filter(pk__in=settled).update(settled_at=timezone.now())
    for key, difference in differing.items():
        if key in open_findings and (open_findings[key].stored, open_findings[key].expected) != (
            difference.stored,
            difference.expected,
        ):
            CatalogueFinding.objects.filter(pk=open_findings[key].pk).update(
                stored=difference.stored, expected=difference.expected, name=difference.name, record=difference.record
            )
    CatalogueFinding.objects.bulk_create(
        [
            CatalogueFinding(
                model=difference.model,
                key=difference.key,
                what=difference.what,
                name=difference.name,
                stored=difference.stored,
                expected=difference.expected,
                record=difference.record,
            )
            for key, difference in differing.items()
            if key not in open_findings
        ],
        ignore_conflicts=True,
    )


def _repair(check: Check, keys: Sequence[int], whats: Sequence[str]) -> None:
    """Write the derived values of these rows as the rules say; values given by hand stay."""
    if check.model is Record and What.STANDING in check.whats:
        _repair_standing(keys=keys)
        finish_spreads(records=keys)
    elif issubclass(check.model, DatedModel):
        _repair_dates(model=check.model, keys=keys)
    elif check.model is Mention:
        _repair_mentions(keys=keys)
    elif check.model is PersonName:
        _repair_person_names(keys=keys)
    else:
        _repair_name_forms(keys=keys)


@action
def _repair_standing(*, keys: Sequence[int]) -> None:
    # Lock parents before children, as a spread does: see `records.actions.standing`.
    parents = Record._base_manager.filter(children__in=keys).values("pk")
    list(Record._base_manager.select_for_update(no_key=True).filter(pk__in=parents).order_by("pk").values_list("pk"))
    rows = Record._base_manager.select_for_update(no_key=True, of=("self",)).select_related("parent", "repository")
    today, now = timezone.localdate(), timezone.now()
    for row in rows.filter(pk__in=keys).order_by("pk"):
        above = row.parent.standing if row.parent else None
        code, new_standing = derived_values(
            row, row.parent.reference_code if row.parent else row.repository.code, above
        )
        values: dict[str, Any] = {}
        if new_standing != row.standing:
            values |= {"chain_published": new_standing.chain_published, "open_from": new_standing.open_from}
            if row.published_at is None and new_standing.is_public(today):
                values["published_at"] = now
        if values:
            Record._base_manager.filter(pk=row.pk).update(**values)
        wrong = code != row.reference_code or reference_key(code) != row.reference_key
        renamed = wrong and _write_reference_code(row.pk, code)
        if values or renamed:
            _start_spread(row, row.standing, new_standing)


def _write_reference_code(key: int, code: str) -> bool:
    """Write a record's reference code; returns False if another record has it, which a person must resolve."""
    try:
        with transaction.atomic():
            return (
                Record._base_manager.filter(pk=key).update(reference_code=code, reference_key=reference_key(code)) > 0
            )
    except IntegrityError:
        return False


def _start_spread(row: Record, before: Standing, new: Standing) -> None:
    today = timezone.localdate()
    hides = not (before.is_public(today) and new.is_public(today))
    enqueue_changes([("record", row.pk), ("below", row.pk)], hides=hides)
    if row.children.exists():
        Spread.objects.create(record=row, hides=hides)


@action
def _repair_dates(*, model: type[DatedModel], keys: Sequence[int]) -> None:
    rows = model._base_manager.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk")
    for row in rows:
        before = {name: getattr(row, name) for name in DAYS}
        DatedModel.derive(row)
        values = {name: getattr(row, name) for name in DAYS if getattr(row, name) != before[name]}
        if values:
            model._base_manager.filter(pk=row.pk).update(**values)
            if isinstance(row, IndexedModel):
                enqueue_changes(row.stale_documents())


@action
def _repair_mentions(*, keys: Sequence[int]) -> None:
    rederive_mentions(keys=keys)
    for row in Mention._base_manager.filter(pk__in=keys):
        enqueue_changes(row.stale_documents())


@action
def _repair_person_names(*, keys: Sequence[int]) -> None:
    for row in PersonName.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk"):
        PersonName.objects.filter(pk=row.pk).update(form=NameForm.objects.of(row.value))
        enqueue_changes([("person", row.person_id)])


@action
def _repair_name_forms(*, keys: Sequence[int]) -> None:
    forms = list(NameForm.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    syllables = {
        syllable
        for form in forms
        for arrangement in NameForm.objects.arrangements_of(form)
        for syllable in arrangement.syllables
    }
    wrong = sorted(wrong_syllables(syllables - {""}))
    SyllableKey.objects.filter(text__in=wrong).delete()
    for form in forms:
        NameForm.objects.filter(pk=form.pk).update(folded=fold(form.text)[:200])
        # A version above 0 marks it as keyed before, so that its stored keys are deleted first.
        form.keys_version = form.keys_version or 1
    NameForm.objects.rekey(forms)
    SyllableKey.objects.learn(wrong)
    mentions = Mention.objects.filter(forms__form__in=keys).values_list("record_id", flat=True).distinct()
    enqueue_changes([("record", record) for record in mentions[:REPAIR_BATCH]])
