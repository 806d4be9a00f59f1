"""Comparing what is derived with what the rules say now, a batch of rows at a time. Nothing is written here."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.dating.models import DatedModel
from catalog.people.models import NameArrangement, NameForm, PersonName, SyllableKey, Unit
from catalog.people.models.names import KEYS_VERSION
from catalog.records.actions.standing import COLUMNS, what_follows
from catalog.records.models import CatalogueFinding, Mention, MentionForm, MentionReading, Record
from catalog.records.queries import counts_that_differ
from catalog.rules.dates import read_date
from catalog.rules.identifiers import reference_key
from catalog.rules.names import stored_keys
from catalog.rules.standing import ALWAYS, Standing
from catalog.rules.text import fold

What = CatalogueFinding.What
# Rows looked at together: all that is ever held in memory.
BATCH = 500
# What --only can name: everything but the marks that a person gave.
CHECKED = tuple(one.value for one in What if one not in (What.EDTF_GIVEN, What.UNIT_GIVEN))
DAYS = ("date_edtf", "date_earliest", "date_latest")


@dataclass(frozen=True)
class Difference:
    """One derived thing that is not what the rules say. The fields are those of `CatalogueFinding`."""

    model: str
    key: int
    what: str
    name: str
    stored: str
    expected: str
    record: int | None


@dataclass(frozen=True)
class Compared:
    """A batch: differences that stand; on_the_way: rows that a change from above has not reached yet; given: keys of
    rows whose marks by hand (`what`) still differ from the words, for findings of 0.4.2."""

    differences: tuple[Difference, ...] = ()
    on_the_way: int = 0
    given: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True)
class Check:
    """One kind of row to be looked at. whats: what can differ, marks given by hand included; compare: looks at the rows
    whose primary key is above the first and at most the second number."""

    name: str
    model: type[models.Model]
    whats: tuple[str, ...]
    compare: Callable[[int, int], Compared]


@dataclass(frozen=True)
class Batch:
    """Rows above `after` up to `last`, `rows` of them."""

    after: int
    last: int
    rows: int


@cache
def checks() -> tuple[Check, ...]:
    """Every check there is, in the order in which they run."""
    dated = sorted(
        (model for model in apps.get_models() if issubclass(model, DatedModel)),
        key=lambda model: model._meta.label_lower,
    )
    return (
        Check("standing", Record, (What.STANDING, What.REFERENCE_CODE), _standing),
        *(
            Check(f"dates of {model._meta.model_name}", model, (What.DATES, What.EDTF_GIVEN), _dates_of(model))
            for model in dated
        ),
        Check("mentions", Mention, (What.KEYS, What.UNIT, What.FORMS, What.UNIT_GIVEN), _mentions),
        Check("names of persons", PersonName, (What.FORMS,), _person_names),
        Check("name forms", NameForm, (What.NAME_KEYS,), _name_forms),
    )


def checks_for(only: Sequence[str] = ()) -> list[Check]:
    """The checks that look at any of `only` (of CHECKED); all where nothing is named."""
    return [one for one in checks() if not only or set(only) & set(one.whats)]


def batches(check: Check, after: int = 0) -> Iterator[Batch]:
    """The rows of a check from behind the primary key `after`, a batch at a time."""
    while keys := list(
        check.model._base_manager.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield Batch(after, keys[-1], len(keys))
        after = keys[-1]


def differences(only: Sequence[str] = ()) -> Iterator[Difference]:
    """Everything that differs now, what is on its way down left out. Writes nothing."""
    for check in checks_for(only):
        for batch in batches(check):
            for one in check.compare(batch.after, batch.last).differences:
                if not only or one.what in only:
                    yield one
    if not only or What.COUNTS in only:
        yield from differing_counts()


def differing_counts() -> list[Difference]:
    """Counts kept for pages that are not those of the catalogue, though nothing was changed lately."""
    return [
        Difference("catalog.page", at, What.COUNTS, ", ".join(seen), _pair(stored), _pair(right), None)
        for at, (seen, stored, right) in enumerate(counts_that_differ())
    ]


def open_findings(rows: models.Q) -> models.QuerySet[CatalogueFinding]:
    """Findings that are not settled, about the rows that `rows` allows (a condition on `CatalogueFinding`)."""
    return CatalogueFinding.objects.filter(rows, settled_at=None)


def is_settled(key: int) -> bool:
    """Whether there was a finding of this primary key and it is settled."""
    return CatalogueFinding.objects.filter(pk=key, settled_at__isnull=False).exists()


def how_many(found: Sequence[Check]) -> int:
    """Rows that these checks look at."""
    return sum(check.model._base_manager.count() for check in found)


def below_a_spread(keys: Sequence[int]) -> set[int]:
    """Those of these records that a change above them has not yet reached, or may not have."""
    if not keys:
        return set()
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        # Only the number of marks is put into the text; the keys are parameters.
        cursor.execute(
            "WITH RECURSIVE up(start, id) AS ("  # noqa: S608
            f" SELECT id, parent_id FROM catalog_record WHERE id IN ({marks}) AND parent_id IS NOT NULL"
            " UNION SELECT up.start, r.parent_id FROM up JOIN catalog_record r ON r.id = up.id WHERE r.parent_id IS "
            "NOT NULL"
            ") SELECT DISTINCT up.start FROM up JOIN catalog_spread s ON s.record_id = up.id",
            list(keys),
        )
        return {row[0] for row in cursor.fetchall()}


def _standing(after: int, last: int) -> Compared:
    found = _standing_of(Record._base_manager.filter(pk__gt=after, pk__lte=last))
    if not found:
        return Compared()
    keys = sorted({one.key for one in found})
    waiting = below_a_spread(keys)
    # Read again: a spread may have ended between the reading and the question, and then all is right.
    found = [one for one in _standing_of(Record._base_manager.filter(pk__in=keys)) if one.key not in waiting]
    waiting |= below_a_spread([one.key for one in found])
    return Compared(tuple(one for one in found if one.key not in waiting), len(waiting))


def _standing_of(records: models.QuerySet[Record]) -> list[Difference]:
    found = []
    above = ("parent__reference_code", "parent__chain_published", "parent__open_from")
    named = ("repository__code", "reference_key", "title_vi")
    for row in records.order_by("pk").values_list(*COLUMNS, *above, *named, named=True):
        if row.parent_id is None:
            code, stands = what_follows(row, row.repository__code, None)
        else:
            upper = Standing(row.parent__chain_published, row.parent__open_from)
            code, stands = what_follows(row, row.parent__reference_code, upper)
        one = Difference(Record._meta.label_lower, row.pk, "", _cut(row.title_vi), "", "", row.pk)
        now = Standing(row.chain_published, row.open_from)
        if stands != now:
            found.append(replace(one, what=What.STANDING, stored=standing_kept(now), expected=standing_kept(stands)))
        if code != row.reference_code or reference_key(code) != row.reference_key:
            found.append(replace(one, what=What.REFERENCE_CODE, stored=_cut(row.reference_code), expected=_cut(code)))
    return found


def standing_kept(stands: Standing) -> str:
    """A standing as a finding keeps it, in no language: "published;2030-01-01"."""
    return f"{'published' if stands.chain_published else ''};{stands.open_from or ''}"


def in_words(what: str, kept: str) -> str:
    """What a finding keeps as stored or expected, in the language of whoever asks."""
    if what != What.STANDING:
        return kept
    shown, _semicolon, day = kept.partition(";")
    words = _("published") if shown else _("not published")
    if not day:
        access = _("closed")
    elif day == str(ALWAYS):
        access = _("open")
    else:
        access = _("open from %(day)s") % {"day": date_format(datetime.date.fromisoformat(day), "d/m/Y")}
    return f"{words}, {access}"


def _dates_of(model: type[DatedModel]) -> Callable[[int, int], Compared]:
    needed = ["pk", "date_text", "edtf_by_hand", *DAYS]
    of_record = any(field.name == "record" for field in model._meta.concrete_fields)
    if of_record:
        needed.append("record_id")

    def compare(after: int, last: int) -> Compared:
        found: list[Difference] = []
        given: set[tuple[str, int]] = set()
        # Loaded whole by `only`: the row's own `derive` says what the rules make of it.
        for row in model._base_manager.filter(pk__gt=after, pk__lte=last).only(*needed):
            before = days_in_words(row)
            stands = [getattr(row, name) for name in DAYS]
            if row.edtf_by_hand and row.date_edtf != read_date(row.date_text).edtf:
                given.add((What.EDTF_GIVEN, row.pk))
            DatedModel.derive(row)
            if stands != [getattr(row, name) for name in DAYS]:
                record = row.pk if model is Record else getattr(row, "record_id", None)
                label = model._meta.label_lower
                found.append(
                    Difference(label, row.pk, What.DATES, _cut(row.date_text), before, days_in_words(row), record)
                )
        return Compared(tuple(found), given=frozenset(given))

    return compare


def days_in_words(row: DatedModel) -> str:
    """The EDTF and the days that follow from it: 1968-02 (1968-02-01 – 1968-02-29)."""
    return f"{row.date_edtf or '–'} ({row.date_earliest or '–'} – {row.date_latest or '–'})"


def _mentions(after: int, last: int) -> Compared:
    rows = list(Mention._base_manager.filter(pk__gt=after, pk__lte=last).order_by("pk"))
    mentions = [row.pk for row in rows]
    names: dict[int, set[tuple[str, str]]] = {row.pk: {(NameForm.objects.written(row.name), "name")} for row in rows}
    for key, value, kind in MentionReading.objects.filter(mention__in=mentions).values_list(
        "mention_id", "value", "kind"
    ):
        names[key].add((NameForm.objects.written(value), kind))
    forms: dict[int, set[tuple[str, str]]] = {row.pk: set() for row in rows}
    for key, text, kind in MentionForm.objects.filter(mention__in=mentions).values_list(
        "mention_id", "form__text", "kind"
    ):
        forms[key].add((text, kind))
    units = dict(Unit.objects.filter(pk__in={row.unit_id for row in rows}).values_list("pk", "normal_form"))
    found: list[Difference] = []
    given: set[tuple[str, int]] = set()
    for row in rows:
        one = Difference(Mention._meta.label_lower, row.pk, "", _cut(row.name), "", "", row.record_id)
        before = _listed(getattr(row, name) for name in Mention.DERIVED)
        row.derive()
        after_reading = _listed(getattr(row, name) for name in Mention.DERIVED)
        if before != after_reading:
            found.append(replace(one, what=What.KEYS, stored=before, expected=after_reading))
        stored, named = units.get(row.unit_id or 0, ""), Unit.objects.normal(row.unit_text) if row.unit_text else ""
        if stored != named:
            if row.unit_by_hand:
                given.add((What.UNIT_GIVEN, row.pk))
            else:
                found.append(replace(one, what=What.UNIT, stored=stored, expected=named))
        if forms[row.pk] != names[row.pk]:
            found.append(replace(one, what=What.FORMS, stored=_forms(forms[row.pk]), expected=_forms(names[row.pk])))
    return Compared(tuple(found), given=frozenset(given))


def _person_names(after: int, last: int) -> Compared:
    rows = PersonName.objects.filter(pk__gt=after, pk__lte=last).order_by("pk")
    label = PersonName._meta.label_lower
    return Compared(
        tuple(
            Difference(label, key, What.FORMS, _cut(value), text or "", NameForm.objects.written(value), None)
            for key, value, text in rows.values_list("pk", "value", "form__text")
            if text != NameForm.objects.written(value)
        )
    )


def _name_forms(after: int, last: int) -> Compared:
    rows = list(NameForm.objects.filter(pk__gt=after, pk__lte=last).order_by("pk"))
    stored: dict[int, set[tuple[Any, ...]]] = {row.pk: set() for row in rows}
    for one in NameArrangement.objects.filter(form__in=[row.pk for row in rows]):
        stored[one.form_id].add(_placed(one))
    wanted = {row.pk: NameForm.objects.arrangements_of(row) for row in rows}
    syllables = {syllable for found in wanted.values() for one in found for syllable in one.syllables if syllable}
    behind = wrong_syllables(syllables)
    found = []
    for row in rows:
        right = {_placed(one) for one in wanted[row.pk]}
        wrong = behind & {syllable for one in wanted[row.pk] for syllable in one.syllables}
        folded = fold(row.text)[:200]
        if stored[row.pk] == right and not wrong and row.folded == folded and row.keys_version == KEYS_VERSION:
            continue
        before, after_reading = _orders(stored[row.pk], row.folded), _orders(right, folded)
        if before == after_reading:
            # The orders are right; the keys of a syllable, or the version, are behind.
            before += f" ({row.keys_version}{'; ' + ', '.join(sorted(wrong)) if wrong else ''})"
            after_reading += f" ({KEYS_VERSION})"
        found.append(
            Difference(
                NameForm._meta.label_lower, row.pk, What.NAME_KEYS, row.text, _cut(before), _cut(after_reading), None
            )
        )
    return Compared(tuple(found))


def wrong_syllables(syllables: set[str]) -> set[str]:
    """Those of `syllables` whose kept keys are not those of the rules."""
    kept: dict[str, set[str]] = {one: set() for one in syllables}
    listed = sorted(syllables)
    for at in range(0, len(listed), BATCH):
        for text, key in SyllableKey.objects.filter(text__in=listed[at : at + BATCH]).values_list("text", "key"):
            kept[text].add(key)
    return {one for one in syllables if kept[one] != {key[:44] for key in stored_keys(one)}}


def _placed(one: NameArrangement) -> tuple[Any, ...]:
    return one.family, one.middle, one.near, one.given, one.how, round(one.factor, 9), one.bare


def _orders(orders: set[tuple[Any, ...]], folded: str) -> str:
    return f"{folded}: " + "; ".join(
        sorted(" ".join(part for part in (one[0], one[1], one[3]) if part) for one in orders)
    )


def _forms(forms: set[tuple[str, str]]) -> str:
    return _cut("; ".join(sorted(f"{text} ({kind})" for text, kind in forms)))


def _listed(values: Any) -> str:
    return _cut(", ".join("–" if value in (None, "") else str(value) for value in values))


def _pair(counts: tuple[int, int]) -> str:
    return f"{counts[0]} / {counts[1]}"


def _cut(text: str) -> str:
    return text[:300]
