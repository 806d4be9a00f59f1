"""Comparing derived values with what the rules give now, one batch of rows at a time. Nothing is written here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models

from catalog.dating.models import DatedModel
from catalog.people.models import NameArrangement, NameForm, PersonName, SyllableKey, Unit
from catalog.people.models.names import KEYS_VERSION
from catalog.records.actions.standing import COLUMNS, derived_values
from catalog.records.models import CatalogueFinding, Mention, MentionForm, MentionReading, Record
from catalog.records.queries import stale_counts
from catalog.rules.dates import read_date
from catalog.rules.identifiers import reference_key
from catalog.rules.names import stored_keys
from catalog.rules.standing import Standing
from catalog.rules.text import fold

What = CatalogueFinding.What
# Rows compared at once; never more are held in memory.
BATCH = 500
# What the option --only can name: every kind of finding except those about values given by hand.
CHECKED = tuple(kind.value for kind in What if kind not in (What.EDTF_GIVEN, What.UNIT_GIVEN))
DAYS = ("date_edtf", "date_earliest", "date_latest")


@dataclass(frozen=True)
class Difference:
    """One derived value that is not what the rules say. The fields are those of `CatalogueFinding`."""

    model: str
    key: int
    what: str
    name: str
    stored: str
    expected: str
    record: int | None


@dataclass(frozen=True)
class Comparison:
    """The result for one batch: differences; on_the_way: rows that a change from above has not reached yet; given:
    (kind, key) of rows whose value given by hand still differs from the words, for findings of version 0.4.2."""

    differences: tuple[Difference, ...] = ()
    on_the_way: int = 0
    given: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True)
class Check:
    """The check of one kind of row. whats: what can differ, including values given by hand; compare: compares the rows
    whose primary key is above its first argument and at most its second."""

    name: str
    model: type[models.Model]
    whats: tuple[str, ...]
    compare: Callable[[int, int], Comparison]


@dataclass(frozen=True)
class Batch:
    """Rows above `after` up to `last`, `rows` of them."""

    after: int
    last: int
    rows: int


@cache
def checks() -> tuple[Check, ...]:
    """All checks, in the order in which they run."""
    dated = sorted(
        (model for model in apps.get_models() if issubclass(model, DatedModel)),
        key=lambda model: model._meta.label_lower,
    )
    return (
        Check("standing", Record, (What.STANDING, What.REFERENCE_CODE), _compare_standing),
        *(
            Check(f"dates of {model._meta.model_name}", model, (What.DATES, What.EDTF_GIVEN), _date_comparison(model))
            for model in dated
        ),
        Check("mentions", Mention, (What.KEYS, What.UNIT, What.FORMS, What.UNIT_GIVEN), _compare_mentions),
        Check("names of persons", PersonName, (What.FORMS,), _compare_person_names),
        Check("name forms", NameForm, (What.NAME_KEYS,), _compare_name_forms),
    )


def checks_for(only: Sequence[str] = ()) -> list[Check]:
    """The checks for the kinds in `only` (of CHECKED); all if it is empty."""
    return [check for check in checks() if not only or set(only) & set(check.whats)]


def batches(check: Check, after: int = 0, size: int = BATCH) -> Iterator[Batch]:
    """The rows of a check after the primary key `after`, in batches of `size`."""
    while keys := list(
        check.model._base_manager.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:size]
    ):
        yield Batch(after, keys[-1], len(keys))
        after = keys[-1]


def differences(only: Sequence[str] = ()) -> Iterator[Difference]:
    """Everything that differs now, without rows that a change from above has not reached yet. Writes nothing."""
    for check in checks_for(only):
        for batch in batches(check):
            for difference in check.compare(batch.after, batch.last).differences:
                if not only or difference.what in only:
                    yield difference
    if not only or What.COUNTS in only:
        yield from differing_counts()


def differing_counts() -> list[Difference]:
    """Cached counts of pages that are wrong although nothing was changed lately."""
    return [
        Difference(
            "catalog.page", index, What.COUNTS, ", ".join(audience), _counts_text(stored), _counts_text(correct), None
        )
        for index, (audience, stored, correct) in enumerate(stale_counts())
    ]


def open_findings(rows: models.Q) -> models.QuerySet[CatalogueFinding]:
    """Findings that are not settled, about the rows that `rows` allows (a condition on `CatalogueFinding`)."""
    return CatalogueFinding.objects.filter(rows, settled_at=None)


def is_settled(key: int) -> bool:
    """Whether there was a finding of this primary key and it is settled."""
    return CatalogueFinding.objects.filter(pk=key, settled_at__isnull=False).exists()


def count_rows(to_run: Sequence[Check]) -> int:
    """How many rows these checks look at."""
    return sum(check.model._base_manager.count() for check in to_run)


def records_below_spreads(keys: Sequence[int]) -> set[int]:
    """Those of these records that are below an unfinished spread: the change may not have reached them yet."""
    if not keys:
        return set()
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        # Only placeholders are put into the text; the keys are parameters.
        cursor.execute(
            "WITH RECURSIVE up(start, id) AS ("  # noqa: S608
            f" SELECT id, parent_id FROM catalog_record WHERE id IN ({marks}) AND parent_id IS NOT NULL"
            " UNION SELECT up.start, r.parent_id FROM up JOIN catalog_record r ON r.id = up.id WHERE r.parent_id IS "
            "NOT NULL"
            ") SELECT DISTINCT up.start FROM up JOIN catalog_spread s ON s.record_id = up.id",
            list(keys),
        )
        return {row[0] for row in cursor.fetchall()}


def _compare_standing(after: int, last: int) -> Comparison:
    differences = _standing_differences(Record._base_manager.filter(pk__gt=after, pk__lte=last))
    if not differences:
        return Comparison()
    keys = sorted({difference.key for difference in differences})
    waiting = records_below_spreads(keys)
    # Compare again: a spread may have ended between the two queries, and then the values are right.
    differences = [
        difference
        for difference in _standing_differences(Record._base_manager.filter(pk__in=keys))
        if difference.key not in waiting
    ]
    waiting |= records_below_spreads([difference.key for difference in differences])
    return Comparison(tuple(difference for difference in differences if difference.key not in waiting), len(waiting))


def _standing_differences(records: models.QuerySet[Record]) -> list[Difference]:
    differences = []
    above = ("parent__reference_code", "parent__chain_published", "parent__open_from")
    named = ("repository__code", "reference_key", "title_vi")
    for row in records.order_by("pk").values_list(*COLUMNS, *above, *named, named=True):
        if row.parent_id is None:
            code, correct = derived_values(row, row.repository__code, None)
        else:
            above_standing = Standing(row.parent__chain_published, row.parent__open_from)
            code, correct = derived_values(row, row.parent__reference_code, above_standing)
        difference = Difference(Record._meta.label_lower, row.pk, "", _shorten(row.title_vi), "", "", row.pk)
        stored = Standing(row.chain_published, row.open_from)
        if correct != stored:
            differences.append(
                replace(difference, what=What.STANDING, stored=standing_code(stored), expected=standing_code(correct))
            )
        if code != row.reference_code or reference_key(code) != row.reference_key:
            differences.append(
                replace(
                    difference, what=What.REFERENCE_CODE, stored=_shorten(row.reference_code), expected=_shorten(code)
                )
            )
    return differences


def standing_code(standing: Standing) -> str:
    """A standing as a finding stores it, in no language: "published;2030-01-01"."""
    return f"{'published' if standing.chain_published else ''};{standing.open_from or ''}"


def _date_comparison(model: type[DatedModel]) -> Callable[[int, int], Comparison]:
    needed = ["pk", "date_text", "edtf_by_hand", *DAYS]
    of_record = any(field.name == "record" for field in model._meta.concrete_fields)
    if of_record:
        needed.append("record_id")

    def compare(after: int, last: int) -> Comparison:
        differences: list[Difference] = []
        given: set[tuple[str, int]] = set()
        # `only` loads every column that the row's own `derive` reads and writes.
        for row in model._base_manager.filter(pk__gt=after, pk__lte=last).only(*needed):
            stored_text = dates_in_words(row)
            stored = [getattr(row, name) for name in DAYS]
            if row.edtf_by_hand and row.date_edtf != read_date(row.date_text).edtf:
                given.add((What.EDTF_GIVEN, row.pk))
            DatedModel.derive(row)
            if stored != [getattr(row, name) for name in DAYS]:
                record = row.pk if model is Record else getattr(row, "record_id", None)
                label = model._meta.label_lower
                differences.append(
                    Difference(
                        label, row.pk, What.DATES, _shorten(row.date_text), stored_text, dates_in_words(row), record
                    )
                )
        return Comparison(tuple(differences), given=frozenset(given))

    return compare


def dates_in_words(row: DatedModel) -> str:
    """The EDTF and the days derived from it: 1968-02 (1968-02-01 – 1968-02-29)."""
    return f"{row.date_edtf or '–'} ({row.date_earliest or '–'} – {row.date_latest or '–'})"


def _compare_mentions(after: int, last: int) -> Comparison:
    rows = list(Mention._base_manager.filter(pk__gt=after, pk__lte=last).order_by("pk"))
    mentions = [row.pk for row in rows]
    wanted_forms: dict[int, set[tuple[str, str]]] = {
        row.pk: {(NameForm.objects.written(row.name), "name")} for row in rows
    }
    for key, value, kind in MentionReading.objects.filter(mention__in=mentions).values_list(
        "mention_id", "value", "kind"
    ):
        wanted_forms[key].add((NameForm.objects.written(value), kind))
    stored_forms: dict[int, set[tuple[str, str]]] = {row.pk: set() for row in rows}
    for key, text, kind in MentionForm.objects.filter(mention__in=mentions).values_list(
        "mention_id", "form__text", "kind"
    ):
        stored_forms[key].add((text, kind))
    units = dict(Unit.objects.filter(pk__in={row.unit_id for row in rows}).values_list("pk", "normal_form"))
    differences: list[Difference] = []
    given: set[tuple[str, int]] = set()
    for row in rows:
        difference = Difference(Mention._meta.label_lower, row.pk, "", _shorten(row.name), "", "", row.record_id)
        stored_fields = _join_values(getattr(row, name) for name in Mention.DERIVED)
        row.derive()
        correct_fields = _join_values(getattr(row, name) for name in Mention.DERIVED)
        if stored_fields != correct_fields:
            differences.append(replace(difference, what=What.KEYS, stored=stored_fields, expected=correct_fields))
        stored_unit, named_unit = (
            units.get(row.unit_id or 0, ""),
            Unit.objects.normal(row.unit_text) if row.unit_text else "",
        )
        if stored_unit != named_unit:
            if row.unit_by_hand:
                given.add((What.UNIT_GIVEN, row.pk))
            else:
                differences.append(replace(difference, what=What.UNIT, stored=stored_unit, expected=named_unit))
        if stored_forms[row.pk] != wanted_forms[row.pk]:
            differences.append(
                replace(
                    difference,
                    what=What.FORMS,
                    stored=_forms_text(stored_forms[row.pk]),
                    expected=_forms_text(wanted_forms[row.pk]),
                )
            )
    return Comparison(tuple(differences), given=frozenset(given))


def _compare_person_names(after: int, last: int) -> Comparison:
    rows = PersonName.objects.filter(pk__gt=after, pk__lte=last).order_by("pk")
    label = PersonName._meta.label_lower
    return Comparison(
        tuple(
            Difference(label, key, What.FORMS, _shorten(value), text or "", NameForm.objects.written(value), None)
            for key, value, text in rows.values_list("pk", "value", "form__text")
            if text != NameForm.objects.written(value)
        )
    )


def _compare_name_forms(after: int, last: int) -> Comparison:
    rows = list(NameForm.objects.filter(pk__gt=after, pk__lte=last).order_by("pk"))
    stored: dict[int, set[tuple[Any, ...]]] = {row.pk: set() for row in rows}
    for arrangement in NameArrangement.objects.filter(form__in=[row.pk for row in rows]):
        stored[arrangement.form_id].add(_arrangement_key(arrangement))
    wanted = {row.pk: NameForm.objects.arrangements_of(row) for row in rows}
    syllables = {
        syllable
        for arrangements in wanted.values()
        for arrangement in arrangements
        for syllable in arrangement.syllables
        if syllable
    }
    wrong_keys = wrong_syllables(syllables)
    differences = []
    for row in rows:
        correct = {_arrangement_key(arrangement) for arrangement in wanted[row.pk]}
        wrong = wrong_keys & {syllable for arrangement in wanted[row.pk] for syllable in arrangement.syllables}
        folded = fold(row.text)[:200]
        if stored[row.pk] == correct and not wrong and row.folded == folded and row.keys_version == KEYS_VERSION:
            continue
        stored_orders, correct_orders = _orders_text(stored[row.pk], row.folded), _orders_text(correct, folded)
        if stored_orders == correct_orders:
            # The orders are right; the keys of a syllable, or the version, are out of date.
            stored_orders += f" ({row.keys_version}{'; ' + ', '.join(sorted(wrong)) if wrong else ''})"
            correct_orders += f" ({KEYS_VERSION})"
        differences.append(
            Difference(
                NameForm._meta.label_lower,
                row.pk,
                What.NAME_KEYS,
                row.text,
                _shorten(stored_orders),
                _shorten(correct_orders),
                None,
            )
        )
    return Comparison(tuple(differences))


def wrong_syllables(syllables: set[str]) -> set[str]:
    """Those of `syllables` whose stored keys are not those of the rules."""
    stored_keys_of: dict[str, set[str]] = {syllable: set() for syllable in syllables}
    sorted_syllables = sorted(syllables)
    for start in range(0, len(sorted_syllables), BATCH):
        for text, key in SyllableKey.objects.filter(text__in=sorted_syllables[start : start + BATCH]).values_list(
            "text", "key"
        ):
            stored_keys_of[text].add(key)
    return {
        syllable for syllable in syllables if stored_keys_of[syllable] != {key[:44] for key in stored_keys(syllable)}
    }


def _arrangement_key(arrangement: NameArrangement) -> tuple[Any, ...]:
    return (
        arrangement.family,
        arrangement.middle,
        arrangement.near,
        arrangement.given,
        arrangement.how,
        round(arrangement.factor, 9),
        arrangement.bare,
    )


def _orders_text(orders: set[tuple[Any, ...]], folded: str) -> str:
    return f"{folded}: " + "; ".join(
        sorted(" ".join(part for part in (order[0], order[1], order[3]) if part) for order in orders)
    )


def _forms_text(forms: set[tuple[str, str]]) -> str:
    return _shorten("; ".join(sorted(f"{text} ({kind})" for text, kind in forms)))


def _join_values(values: Any) -> str:
    return _shorten(", ".join("–" if value in (None, "") else str(value) for value in values))


def _counts_text(counts: tuple[int, int]) -> str:
    return f"{counts[0]} / {counts[1]}"


def _shorten(text: str) -> str:
    return text[:300]
