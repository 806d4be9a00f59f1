"""How well a mention or a person answers a query: the only place that sets scores and bands.

A score is between 0 and 1. A band is `match` (shown as an answer), `possible` (shown apart) or `none` (not shown).
The weights of names and the limits of the bands are those of `rules/names/weights.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from catalog.rules.names import Reason, band_of
from catalog.rules.names.weights import MATCH, POSSIBLE, TOKEN
from catalog.search.people.candidates import Form
from catalog.search.people.evidence import Evidence

# The factor of a fact that agrees completely: a service number.
NUMBER_FACTOR = 1.1


@dataclass(frozen=True)
class RankedMention:
    """A visible mention as an answer to a query.

    mention: its key; form: the name form by which it was found, None where no name was compared; kind: what it was
    found by (name, alternate, alias, number, unit, facts); evidence: what else agrees or contradicts; score: 0 to 1;
    band: match or possible.
    """

    mention: int
    form: Form | None
    kind: str
    evidence: Evidence
    score: float
    band: str


def rank_by_name(mention: int, form: Form, kind: str, evidence: Evidence) -> RankedMention | None:
    """A mention whose name form is `form`; None where the evidence contradicts so much that it is no answer.

    A name that is not the written one (an alias, another reading) counts a little less than the written one.
    """
    name_score = form.score * (TOKEN["decoded"][0] if kind != "name" else 1.0)
    score = min(name_score * evidence.factor, 1.0)
    # One agreeing fact does not lift a possible name to a match, two do. One contradicting fact may lower a match.
    decisive_score = score if evidence.agreed > 1 or evidence.factor <= 1 else name_score
    band = band_of(round(decisive_score, 4))
    if band == "none" and form.score < POSSIBLE:
        # A given name alone is listed as possible although it proves little; a contradicted whole name is not listed.
        band = "possible"
    return None if band == "none" else RankedMention(mention, form, kind, evidence, score, band)


def rank_by_facts(mention: int, kind: str, evidence: Evidence) -> RankedMention:
    """A mention found without a name, by `kind` (number, unit, facts): it has all that the query has, so it matches."""
    return RankedMention(mention, None, kind, evidence, min(evidence.factor, NUMBER_FACTOR) / NUMBER_FACTOR, "match")


def rank_by_number(
    ranked: Sequence[RankedMention], number: str, same_number: Sequence[int], number_of: dict[int, str]
) -> list[RankedMention]:
    """`ranked` where a service number was asked for: mentions that have it come first, whatever their name, and
    mentions that have another number are other people and leave the list.

    same_number: keys of the mentions with `number`; number_of: the number of each ranked mention that has one.
    """
    evidence = Evidence(NUMBER_FACTOR, 1, (Reason("number", "number_equal", number, number),))
    by_mention = {row.mention: row for row in ranked}
    first = [
        replace(by_mention[key], evidence=evidence, band="match")
        if key in by_mention
        else RankedMention(key, None, "number", evidence, MATCH, "match")
        for key in same_number
    ]
    others = [row for row in ranked if row.mention not in same_number and number_of.get(row.mention, number) == number]
    return first + others


def best_of_each_mention(ranked: Iterable[RankedMention]) -> list[RankedMention]:
    """Each mention once, with its best score; best first."""
    best: dict[int, RankedMention] = {}
    for row in ranked:
        if row.mention not in best or best[row.mention].score < row.score:
            best[row.mention] = row
    return sorted(best.values(), key=lambda row: (-row.score, row.mention))


def rank_person(mentions: Sequence[RankedMention], form: Form | None) -> tuple[float, str]:
    """Score and band of a person with these mentions.

    form: a name of the person that is like the one of the query. It counts only where there are no mentions: a name on
    the paper, with the facts beside it, says more than another name of the person.
    """
    score = max((row.score for row in mentions), default=form.score if form else 0.0)
    bands = [row.band for row in mentions] or [band_of(form.score) if form else "none"]
    return score, "match" if "match" in bands else "possible"
