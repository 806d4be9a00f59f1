"""From a name asked for to the stored forms that may be meant, each compared.

Syllables first: those like each token asked for, by their keys; then forms by exact look-ups of given name with family
or middle name; then the comparison of the rules. No text engine, and the same look-ups on every database.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection

from catalog.people.models import NameArrangement, SyllableKey
from catalog.records.queries import Asker, forms_shown, shown_names
from catalog.rules.names import Arrangement, NameComparison, NameText, Query, asked_keys, compare_tokens
from catalog.rules.names.weights import FAMILY, GIVEN, GIVEN_ALONE, MIDDLE, POSSIBLE

# Below this weight of the given name no comparison reaches "possible" (5.2).
LEAST_GIVEN = (POSSIBLE - FAMILY - MIDDLE) / GIVEN
STRONG = 0.9
MOST_ROWS = 6000
MOST_PARAMETERS = 900
# A given name that more than one in so many forms bears is too common to list alone.
COMMON = 1 / 500
FEW_NAMES = 1000
BATCH = 400
# Written out, because they are asked many times a search and their meaning never changes.
SYLLABLES = "SELECT key, text FROM {table} WHERE key IN ({marks})"
ARRANGEMENTS = "SELECT form_id, family, middle, given, how, factor, bare FROM {table} WHERE {where} LIMIT {most}"


T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """A stored form, the best of its orders and its score."""

    pk: int
    stored: Arrangement
    score: float


class Candidates:
    """The stored forms like one name, best first; the strong ones can be had before the weak ones are looked for."""

    def __init__(self, name: NameText, asker: Asker) -> None:
        self.name = name
        self.asker = asker
        self.query = Query(name, self._rarity)
        self.alone = all(not one.family and not one.middle for one in self.query.arrangements)
        # One word alone gets a list of its own, whatever little it proves.
        self.least = POSSIBLE if not self.alone else GIVEN_ALONE * 0.9
        self._shares: dict[str, float] = {}
        self._like = self._similar()

    def strong(self) -> list[Form]:
        """Forms whose given and family name agree but for marks, and whose middle name does not contradict."""
        return self._scored(self._conditions(STRONG))

    def all(self) -> list[Form]:
        """Every form that reaches "possible"."""
        return self._scored(self._conditions(0.0))

    def compare(self, form: Form) -> NameComparison:
        """The comparison with its reasons."""
        return self.query.compare(form.stored)

    def share_of(self, given: str) -> float:
        """The share of the forms the asker may see that bear a given name like `given` but for marks.

        Those hidden from the asker are not counted: neither an order nor a score must tell of them.
        """
        if given not in self._shares:
            alike = [text for text, weight in self._like.get((given, True), {}).items() if weight >= STRONG]
            total = shown_names(self.asker)
            # A catalogue of a few names cannot tell a rare one.
            self._shares[given] = self._bearing(alike, total) / total if total >= FEW_NAMES else COMMON * 0.999
        return self._shares[given]

    def _bearing(self, given: Sequence[str], total: int) -> int:
        """How many forms that the asker may see bear one of `given`; counted no further than where it no longer
        matters."""
        forms = (
            NameArrangement.objects.filter(given__in=given).order_by("form").values_list("form", flat=True).distinct()
        )
        enough, bearing = COMMON * total, 0
        for some in _batches(list(forms)):
            bearing += forms_shown(self.asker).filter(pk__in=some).count()
            if bearing > enough:
                break
        return bearing

    def _rarity(self, given: str) -> float | None:
        return next(
            (self.share_of(one.given) for one in self.query.arrangements if not one.family and not one.middle), None
        )

    def _similar(self) -> dict[tuple[str, bool], dict[str, float]]:
        wanted: dict[tuple[str, bool], tuple[str, bool]] = {}
        for one in self.query.arrangements:
            wanted.setdefault((one.given, True), (one.given, one.bare))
            for token in filter(None, (one.family, one.middle.split(" ")[-1])):
                wanted.setdefault((token, False), (token, one.bare))
        by_key: dict[str, set[str]] = defaultdict(set)
        keys = {key for (token, given) in wanted for key in asked_keys(token, given=given)}
        for some in _batches(sorted(keys)):
            with connection.cursor() as cursor:
                cursor.execute(SYLLABLES.format(table=SyllableKey._meta.db_table, marks=_marks(some)), some)
                for key, text in cursor.fetchall():
                    by_key[key].add(text)
        like: dict[tuple[str, bool], dict[str, float]] = {}
        for (token, given), (_, bare) in wanted.items():
            texts = {text for key in asked_keys(token, given=given) for text in by_key.get(key, ())}
            weights = {text: compare_tokens(token, text, given, bare, False)[0] for text in texts}
            least = LEAST_GIVEN if given else 0.01
            like[token, given] = {text: weight for text, weight in weights.items() if weight >= least}
        return like

    def _conditions(self, least: float) -> Iterator[tuple[str, list[str]]]:
        """A condition an arrangement, with its parameters: exact look-ups by given and family, or given and middle."""
        for one in self.query.arrangements:
            given = self._texts(one.given, True, least)
            if not given:
                continue
            middle = self._texts(one.middle.split(" ")[-1], False, min(least, 0.85)) if one.middle else []
            if one.family:
                family = [*self._texts(one.family, False, min(least, 0.85)), ""]
                where, values = f"given IN ({_marks(given)}) AND family IN ({_marks(family)})", [*given, *family]
                if least and one.middle:
                    where, values = f"{where} AND near IN ({_marks(middle)}, '')", [*values, *middle]
                    if not middle:
                        where = where.replace("(, '')", "('')")
                yield where, values
            elif one.middle and middle:
                yield f"given IN ({_marks(given)}) AND near IN ({_marks(middle)})", [*given, *middle]
            elif not one.middle and self.share_of(one.given) < COMMON:
                yield f"given IN ({_marks(given)})", given

    def _texts(self, token: str, given: bool, least: float) -> list[str]:
        return [text for text, weight in self._like.get((token, given), {}).items() if weight >= least]

    def _scored(self, conditions: Iterator[tuple[str, list[str]]]) -> list[Form]:
        best: dict[int, Form] = {}
        for wheres, values in _joined(conditions):
            with connection.cursor() as cursor:
                cursor.execute(
                    ARRANGEMENTS.format(table=NameArrangement._meta.db_table, where=wheres, most=MOST_ROWS), values
                )
                rows = cursor.fetchall()
            for pk, family, middle, given, how, factor, bare in rows:
                stored = Arrangement(family, middle, given, tuple(how.split()) if how else (), factor, bool(bare))
                score = self.query.score(stored)
                if score >= self.least - 0.00005 and (pk not in best or best[pk].score < score):
                    best[pk] = Form(pk, stored, score)
        return sorted(best.values(), key=lambda form: (-form.score, form.pk))


def _joined(conditions: Iterator[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Conditions joined by OR, as many as the parameters of one statement allow."""
    wheres: list[str] = []
    values: list[str] = []
    for where, some in {where + repr(some): (where, some) for where, some in conditions}.values():
        if wheres and len(values) + len(some) > MOST_PARAMETERS:
            yield " OR ".join(f"({one})" for one in wheres), values
            wheres, values = [], []
        wheres.append(where)
        values = values + some
    if wheres:
        yield " OR ".join(f"({one})" for one in wheres), values


def _marks(texts: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(texts))


def _batches(texts: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(texts), BATCH):
        yield texts[at : at + BATCH]
