"""From the name of a query to the stored name forms that may be meant, with their scores, and to the mentions that have
these forms.

1. Syllables: for each syllable of the query, the similar stored ones, found by their keys (`rules.names.query_keys`).
2. Forms: exact look-ups of given name with family or middle name among those syllables.
3. Comparison: the score of each form by the rules (`rules.names.NameQuery`).

No text engine is needed, and the look-ups are the same on every database.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection

from catalog.people.models import NameArrangement, SyllableKey
from catalog.records.models import MentionForm
from catalog.records.queries import Asker, count_visible_forms, visible_forms
from catalog.rules.families import FREQUENT
from catalog.rules.names import Arrangement, NameComparison, NameQuery, NameText, compare_tokens, query_keys
from catalog.rules.names.weights import FAMILY, GIVEN, GIVEN_ALONE, MIDDLE, POSSIBLE
from catalog.rules.text import fold

# Below this weight of the given name no comparison reaches "possible" (docs/field/names.md, Weights).
LEAST_GIVEN = (POSSIBLE - FAMILY - MIDDLE) / GIVEN
# Least weights of given names, and of family and middle names, that differ in tone marks at most.
STRONG = 0.9
STRONG_OTHER = 0.85
MOST_ROWS = 6000
# SQLite allows 999 parameters in a statement where it was built with its old default.
MOST_PARAMETERS = 900
# A given name that more than one in 500 forms has is too common to list alone; a catalogue of a few names cannot tell.
COMMON = 1 / 500
FEW_NAMES = 1000
BATCH = 400
FORMS_AT_ONCE = 300
# Written as SQL because they run many times in a search: building them by the ORM took longer than their answer.
SYLLABLES = "SELECT key, text FROM {table} WHERE key IN ({marks})"
ARRANGEMENTS = "SELECT form_id, family, middle, given, how, factor, bare FROM {table} WHERE {where} LIMIT {most}"


T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """A stored name form: its primary key, its arrangement that fits the query best, and its score (0 to 1)."""

    pk: int
    stored: Arrangement
    score: float


class Candidates:
    """The stored forms like one name, closest first. Strong forms can be read without looking for weaker ones.

    left_out: whether the database had more arrangements than were compared (`MOST_ROWS` for each statement).
    """

    def __init__(self, name: NameText, asker: Asker, *, least: float | None = None, most_rows: int = MOST_ROWS) -> None:
        """least: the score below which a form is not a candidate, by default that of a possible match."""
        self.name = name
        self.asker = asker
        self.left_out = False
        self.query = NameQuery(name, self._rarity)
        self.is_given_alone = all(not order.family and not order.middle for order in self.query.arrangements)
        if least is None:
            # A single word is answered with a list too, although it proves little.
            least = GIVEN_ALONE * 0.9 if self.is_given_alone else POSSIBLE
        self._least = least
        self._most_rows = most_rows
        self._shares: dict[str, float] = {}
        self._similar = self._similar_syllables()

    def strong(self) -> list[Form]:
        """Forms whose given and family name agree except for tone marks, and whose middle name does not contradict."""
        return self._compared(self._conditions(STRONG))

    def all(self) -> list[Form]:
        """All forms with at least the score of a possible match."""
        return self._compared(self._conditions(0.0))

    def compare(self, form: Form) -> NameComparison:
        """The comparison of the query with this form, with reasons."""
        return self.query.compare(form.stored)

    def too_common(self) -> str:
        """For a query of one word that is too common to list alone: which part of a name it is (family, given). "" for
        any other query."""
        if not self.is_given_alone:
            return ""
        token = self.name.readings[0].tokens[0]
        if fold(token) in {*map(fold, FREQUENT), "van", "thi"}:
            return "family"
        return "given" if self.share_of(token) >= COMMON else ""

    def share_of(self, given: str) -> float:
        """The share (0 to 1) of the forms whose given name is `given`, except for tone marks.

        Forms the asker may not see are not counted: neither an order nor a score may reveal that they exist.
        """
        if given not in self._shares:
            alike = [text for text, weight in self._similar.get((given, True), {}).items() if weight >= STRONG]
            total = count_visible_forms(self.asker)
            self._shares[given] = self._count(alike, total) / total if total >= FEW_NAMES else COMMON * 0.999
        return self._shares[given]

    def _count(self, given: Sequence[str], total: int) -> int:
        """How many forms that the asker may see have one of these given names. Counting stops as soon as the name is
        known to be common."""
        arrangements = NameArrangement.objects.filter(given__in=given).order_by("form")
        count = 0
        for batch in _batches(list(arrangements.values_list("form", flat=True).distinct())):
            count += visible_forms(self.asker).filter(pk__in=batch).count()
            if count > COMMON * total:
                break
        return count

    def _rarity(self, given: str) -> float | None:
        """For the rules: the share of a given name that is alone in one of the orders of the query."""
        alone = (order.given for order in self.query.arrangements if not order.family and not order.middle)
        return next((self.share_of(name) for name in alone), None)

    def _similar_syllables(self) -> dict[tuple[str, bool], dict[str, float]]:
        """The similar stored syllables with their weights, by (syllable of the query, whether it is the given name)."""
        wanted: dict[tuple[str, bool], bool] = {}
        for order in self.query.arrangements:
            wanted.setdefault((order.given, True), order.bare)
            for token in filter(None, (order.family, order.middle.split(" ")[-1])):
                wanted.setdefault((token, False), order.bare)
        by_key: dict[str, set[str]] = defaultdict(set)
        keys = {key for token, is_given in wanted for key in query_keys(token, given=is_given)}
        for batch in _batches(sorted(keys)):
            with connection.cursor() as cursor:
                cursor.execute(SYLLABLES.format(table=SyllableKey._meta.db_table, marks=_placeholders(batch)), batch)
                for key, text in cursor.fetchall():
                    by_key[key].add(text)
        similar: dict[tuple[str, bool], dict[str, float]] = {}
        for (token, is_given), bare in wanted.items():
            texts = {text for key in query_keys(token, given=is_given) for text in by_key.get(key, ())}
            weights = {text: compare_tokens(token, text, is_given, bare, False)[0] for text in texts}
            least = LEAST_GIVEN if is_given else 0.01
            similar[token, is_given] = {text: weight for text, weight in weights.items() if weight >= least}
        return similar

    def _conditions(self, least: float) -> Iterator[tuple[str, list[str]]]:
        """An SQL condition with its parameters for each order of the name: exact look-ups by given and family name, or
        by given and middle name, among syllables of at least this weight."""
        for order in self.query.arrangements:
            given = self._syllables(order.given, True, least)
            if not given:
                continue
            least_other = min(least, STRONG_OTHER)
            middle = self._syllables(order.middle.split(" ")[-1], False, least_other) if order.middle else []
            if order.family:
                family = [*self._syllables(order.family, False, least_other), ""]
                where, values = (
                    f"given IN ({_placeholders(given)}) AND family IN ({_placeholders(family)})",
                    [*given, *family],
                )
                if least and order.middle:
                    # Column `near`: the syllable of the middle name that is next to the given name.
                    near = [*middle, ""]
                    where, values = f"{where} AND near IN ({_placeholders(near)})", [*values, *near]
                yield where, values
            elif order.middle and middle:
                yield f"given IN ({_placeholders(given)}) AND near IN ({_placeholders(middle)})", [*given, *middle]
            elif not order.middle and self.share_of(order.given) < COMMON:
                yield f"given IN ({_placeholders(given)})", given

    def _syllables(self, token: str, is_given: bool, least: float) -> list[str]:
        return [text for text, weight in self._similar.get((token, is_given), {}).items() if weight >= least]

    def _compared(self, conditions: Iterator[tuple[str, list[str]]]) -> list[Form]:
        """The forms of these conditions that reach the least score, closest first."""
        best: dict[int, Form] = {}
        for where, values in _joined(conditions):
            statement = ARRANGEMENTS.format(table=NameArrangement._meta.db_table, where=where, most=self._most_rows + 1)
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                rows = cursor.fetchall()
            self.left_out = self.left_out or len(rows) > self._most_rows
            for pk, family, middle, given, how, factor, bare in rows[: self._most_rows]:
                stored = Arrangement(family, middle, given, tuple(how.split()) if how else (), factor, bool(bare))
                score = self.query.score(stored)
                if score >= self._least - 0.00005 and (pk not in best or best[pk].score < score):
                    best[pk] = Form(pk, stored, score)
        return sorted(best.values(), key=lambda form: (-form.score, form.pk))


def mentions_of_forms(forms: Sequence[Form], size: int) -> Iterator[list[tuple[int, Form, str]]]:
    """Mentions that have one of these forms, including those the asker may not see: (primary key of the mention, form,
    the kind of the name: written, alternate or alias).

    Read while they are iterated, in lists of at most `size`; FORMS_AT_ONCE forms after another, in their order.
    """
    for batch in _batches(forms, FORMS_AT_ONCE):
        by_key = {form.pk: form for form in batch}
        links = MentionForm.objects.filter(form__in=list(by_key)).order_by()
        rows: list[tuple[int, Form, str]] = []
        for mention, form_id, kind in links.values_list("mention_id", "form_id", "kind").iterator(FORMS_AT_ONCE):
            rows.append((mention, by_key[form_id], kind))
            if len(rows) == size:
                yield rows
                rows = []
        if rows:
            yield rows


def _joined(conditions: Iterator[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Conditions joined by OR, as many as the parameters of one statement allow; equal ones once."""
    joined: list[str] = []
    parameters: list[str] = []
    for where, values in {where + repr(values): (where, values) for where, values in conditions}.values():
        if joined and len(parameters) + len(values) > MOST_PARAMETERS:
            yield " OR ".join(f"({condition})" for condition in joined), parameters
            joined, parameters = [], []
        joined.append(where)
        parameters = parameters + values
    if joined:
        yield " OR ".join(f"({condition})" for condition in joined), parameters


def _placeholders(texts: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(texts))


def _batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
