"""Keeping what a check found, and making what is derived what the rules say: in short transactions, with outbox
rows."""

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
from catalog.records.actions.standing import finish_spreads, what_follows
from catalog.records.checking.queries import (
    DAYS,
    Batch,
    Check,
    Compared,
    Difference,
    What,
    checks,
    differing_counts,
    wrong_syllables,
)
from catalog.records.models import CatalogueFinding, Mention, Record, Spread
from catalog.records.queries import count_readable_anew, may_see, record_of
from catalog.rules.identifiers import reference_key
from catalog.rules.standing import Standing
from catalog.rules.text import fold

# Rows mended in one transaction: so few that a colleague's save waits no longer than a fifth of a second.
MENDED_AT_ONCE = 100


@dataclass
class Found:
    """What a check saw so far. left: differences that stand; mended: how many were put right; on_the_way: rows that a
    change from above has not reached yet; kept: differences that a person decided to keep; looked_at: rows."""

    left: int = 0
    mended: int = 0
    on_the_way: int = 0
    kept: int = 0
    looked_at: int = 0
    by_what: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@action_in_steps
def look_at(
    check: Check, batch: Batch, found: Found, *, repair: bool = False, only: Sequence[str] = ()
) -> list[Difference]:
    """Compare one batch of rows, keep what differs as findings, settle those whose difference is gone, and with
    `repair` write what differs as the rules say it. Adds to `found`; returns the differences that stand.

    only: of `queries.CHECKED`; everything where it is empty.
    """
    compared = _chosen(check.compare(batch.after, batch.last), only)
    wanted = _without_kept(compared.differences)
    found.kept += len(compared.differences) - len(wanted)
    found.looked_at += batch.rows
    found.on_the_way += compared.on_the_way
    if repair and wanted:
        keys = sorted({one.key for one in wanted})
        for at in range(0, len(keys), MENDED_AT_ONCE):
            _mend(check, keys[at : at + MENDED_AT_ONCE], [one.what for one in wanted])
        compared = _chosen(check.compare(batch.after, batch.last), only)
        standing = _without_kept(compared.differences)
        found.mended += len(wanted) - len(standing)
        wanted = standing
    for one in wanted:
        found.by_what[one.what] += 1
    found.left += len(wanted)
    whats = [what for what in check.whats if not only or what in only or what in GIVEN]
    _keep(check.model._meta.label_lower, whats, (batch.after, batch.last), wanted, compared.given)
    return wanted


@action_in_steps
def look_at_counts(found: Found, *, repair: bool = False) -> list[Difference]:
    """As `look_at`, of the counts that are kept for pages."""
    differing = differing_counts()
    if repair and differing:
        count_readable_anew()
        found.mended += len(differing)
        differing = []
    found.left += len(differing)
    for one in differing:
        found.by_what[one.what] += 1
    _keep("catalog.page", [What.COUNTS], (-1, 2**62), differing, frozenset())
    return differing


@action_in_steps
def settle_ended(check: Check, last: int) -> None:
    """Settle the findings of a check behind the last row that there is: what they were about is gone."""
    _keep(check.model._meta.label_lower, check.whats, (last, 2**62), [], frozenset())


@action_in_steps
def take_the_rules(*, actor: Actor, finding: CatalogueFinding, revision: int | None) -> None:
    """Make a row what the rules say, and settle the finding. revision: that of the row as the person saw it; it matters
    for what a person gave by hand. Raises NotAllowed, StaleChange, ValidationError."""
    row = row_of(finding)
    if row is not None:
        if finding.what == What.EDTF_GIVEN and isinstance(row, Record):
            describe_record(actor=actor, record=row, revision=revision, values={"date_edtf": ""})
        elif finding.what in GIVEN:
            empty = {"date_edtf": ""} if finding.what == What.EDTF_GIVEN else {"unit": None}
            change_row(actor=actor, row=row, revision=revision, values=empty)
        else:
            _require(actor, row)
            for check in checks():
                if check.model._meta.label_lower == finding.model and finding.what in check.whats:
                    _mend(check, [finding.key], [finding.what])
    elif finding.what == What.COUNTS:
        require(actor, "change_page")
        count_readable_anew()
    _settle(finding, actor, kept=False)


@action
def keep_as_it_is(*, actor: Actor, finding: CatalogueFinding) -> None:
    """Settle a finding without changing anything; the same difference is not reported again. Raises NotAllowed.

    Who may see a record is never kept against the rules: ValueError.
    """
    if finding.what in NEVER_KEPT:
        raise ValueError("this follows from the records alone")
    row = row_of(finding)
    if row is not None:
        _require(actor, row)
    else:
        require(actor, f"change_{finding.model.partition('.')[2]}")
    _settle(finding, actor, kept=True)


GIVEN = (What.EDTF_GIVEN, What.UNIT_GIVEN)
NEVER_KEPT = (What.STANDING, What.REFERENCE_CODE, What.COUNTS)


def row_of(finding: CatalogueFinding) -> Any:
    """The row that a finding is about; None where it is gone, or where it is about no row."""
    if finding.what == What.COUNTS:
        return None
    models = {check.model._meta.label_lower: check.model for check in checks()}
    model = models.get(finding.model)
    return None if model is None else model._base_manager.filter(pk=finding.key).first()


def _require(actor: Actor, row: Any) -> None:
    # A form of a name belongs to every name written so: whoever corrects names decides about it.
    require(actor, "change_mention" if isinstance(row, NameForm) else f"change_{row._meta.model_name}")
    record = record_of(row)
    if record is not None and not may_see(actor, record):
        raise NotAllowed("view_record")


@action
def _settle(finding: CatalogueFinding, actor: Actor, *, kept: bool) -> None:
    CatalogueFinding.objects.filter(pk=finding.pk, settled_at=None).update(
        settled_at=timezone.now(), settled_by=actor.pk, kept=kept
    )


def _chosen(compared: Compared, only: Sequence[str]) -> Compared:
    if not only:
        return compared
    chosen = tuple(one for one in compared.differences if one.what in only)
    return Compared(chosen, compared.on_the_way, compared.given)


def _without_kept(differences: Sequence[Difference]) -> list[Difference]:
    """Without those that a person decided to keep as they are."""
    if not differences:
        return []
    keys = [one.key for one in differences]
    kept = set(
        CatalogueFinding.objects.filter(kept=True, key__in=keys).values_list(
            "model", "key", "what", "stored", "expected"
        )
    )
    return [one for one in differences if (one.model, one.key, one.what, one.stored, one.expected) not in kept]


@action
def _keep(
    model: str,
    whats: Sequence[str],
    between: tuple[int, int],
    differences: Sequence[Difference],
    given: frozenset[tuple[str, int]],
) -> None:
    """Make the open findings of the rows between two keys those differences, and settle the others by themselves. Marks
    given by hand stay open as long as they differ from the words (`given`)."""
    after, last = between
    standing = {
        (one.what, one.key): one
        for one in CatalogueFinding.objects.filter(
            model=model, what__in=whats, key__gt=after, key__lte=last, settled_at=None
        )
    }
    wanted = {(one.what, one.key): one for one in differences}
    over = [one.pk for key, one in standing.items() if key not in wanted and key not in given]
    if over:
        CatalogueFinding.objects.filter(pk__in=over).update(settled_at=timezone.now())
    for key, one in wanted.items():
        if key in standing and (standing[key].stored, standing[key].expected) != (one.stored, one.expected):
            CatalogueFinding.objects.filter(pk=standing[key].pk).update(
                stored=one.stored, expected=one.expected, name=one.name, record=one.record
            )
    CatalogueFinding.objects.bulk_create(
        [
            CatalogueFinding(
                model=one.model,
                key=one.key,
                what=one.what,
                name=one.name,
                stored=one.stored,
                expected=one.expected,
                record=one.record,
            )
            for key, one in wanted.items()
            if key not in standing
        ],
        ignore_conflicts=True,
    )


def _mend(check: Check, keys: Sequence[int], whats: Sequence[str]) -> None:
    """Write what differs of these rows as the rules say it; what a person gave stays."""
    if check.model is Record and What.STANDING in check.whats:
        _mend_standing(keys=keys)
        finish_spreads(records=keys)
    elif issubclass(check.model, DatedModel):
        _mend_dates(model=check.model, keys=keys)
    elif check.model is Mention:
        _mend_mentions(keys=keys)
    elif check.model is PersonName:
        _mend_person_names(keys=keys)
    else:
        _mend_name_forms(keys=keys)


@action
def _mend_standing(*, keys: Sequence[int]) -> None:
    # From above to below, as a spread locks: see `records.actions.standing`.
    parents = Record._base_manager.filter(children__in=keys).values("pk")
    list(Record._base_manager.select_for_update(no_key=True).filter(pk__in=parents).order_by("pk").values_list("pk"))
    rows = Record._base_manager.select_for_update(no_key=True, of=("self",)).select_related("parent", "repository")
    today, now = timezone.localdate(), timezone.now()
    for row in rows.filter(pk__in=keys).order_by("pk"):
        above = row.parent.standing if row.parent else None
        code, stands = what_follows(row, row.parent.reference_code if row.parent else row.repository.code, above)
        values: dict[str, Any] = {}
        if stands != row.standing:
            values |= {"chain_published": stands.chain_published, "open_from": stands.open_from}
            if row.published_at is None and stands.is_public(today):
                values["published_at"] = now
        if values:
            Record._base_manager.filter(pk=row.pk).update(**values)
        wrong = code != row.reference_code or reference_key(code) != row.reference_key
        renamed = wrong and _renamed(row.pk, code)
        if values or renamed:
            _pass_on(row, row.standing, stands)


def _renamed(key: int, code: str) -> bool:
    """Give a record its reference code; False where another record has it, which a person must look at."""
    try:
        with transaction.atomic():
            return (
                Record._base_manager.filter(pk=key).update(reference_code=code, reference_key=reference_key(code)) > 0
            )
    except IntegrityError:
        return False


def _pass_on(row: Record, before: Standing, stands: Standing) -> None:
    today = timezone.localdate()
    hides = not (before.is_public(today) and stands.is_public(today))
    enqueue_changes([("record", row.pk), ("below", row.pk)], hides=hides)
    if row.children.exists():
        Spread.objects.create(record=row, hides=hides)


@action
def _mend_dates(*, model: type[DatedModel], keys: Sequence[int]) -> None:
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
def _mend_mentions(*, keys: Sequence[int]) -> None:
    rederive_mentions(keys=keys)
    for row in Mention._base_manager.filter(pk__in=keys):
        enqueue_changes(row.stale_documents())


@action
def _mend_person_names(*, keys: Sequence[int]) -> None:
    for row in PersonName.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk"):
        PersonName.objects.filter(pk=row.pk).update(form=NameForm.objects.of(row.value))
        enqueue_changes([("person", row.person_id)])


@action
def _mend_name_forms(*, keys: Sequence[int]) -> None:
    forms = list(NameForm.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    found = {syllable for form in forms for one in NameForm.objects.arrangements_of(form) for syllable in one.syllables}
    wrong = sorted(wrong_syllables(found - {""}))
    SyllableKey.objects.filter(text__in=wrong).delete()
    for form in forms:
        NameForm.objects.filter(pk=form.pk).update(folded=fold(form.text)[:200])
        # Marked as keyed before, so that what is kept of it is taken away first.
        form.keys_version = form.keys_version or 1
    NameForm.objects.rekey(forms)
    SyllableKey.objects.learn(wrong)
    mentions = Mention.objects.filter(forms__form__in=keys).values_list("record_id", flat=True).distinct()
    enqueue_changes([("record", record) for record in mentions[:MENDED_AT_ONCE]])
