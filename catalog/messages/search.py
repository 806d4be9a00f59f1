"""Reasons of hits and facet values in the person's language. Codes come from the rules; the words are only here."""

from django.utils.translation import gettext as _

from catalog.rules.names import Reason
from catalog.search.people import FoundMention

# Codes for which a part of the name still counts as agreeing.
AGREEING = {"equal", "decoded", "iy", "unmarked", "hoi_nga", "partial_marks", "foreign", "initial"}
FACTS = ("unit", "home", "born", "enlisted", "died", "number", "kin")
FACTS_AGREEING = {
    "same_unit", "same_regiment", "same_division", "same_division_family", "same_province", "province_since",
    "province_before", "same_district", "same_commune", "commune_alone", "born_same", "enlisted_same", "died_same",
    "number_equal", "kin_named",
}  # fmt: skip
FACTS_NEAR = {"born_near", "enlisted_near", "died_near"}


def reasons_in_words(hit: FoundMention) -> list[str]:
    """Why a mention was found, as short phrases: what was ignored, confused or missing, and which facts agree. Each
    phrase once."""
    words: list[str] = []
    if hit.kind == "unit":
        words.append(_("the unit asked for"))
    for reason in hit.reasons:
        phrase = reason_in_words(reason)
        if phrase and phrase not in words:
            words.append(phrase)
    if hit.kind == "alias":
        words.insert(0, _("alias: %(name)s") % {"name": hit.form})
    elif hit.kind == "alternate":
        words.insert(0, _("another reading: %(name)s") % {"name": hit.form})
    return words or [_("the name as written")]


def reason_in_words(reason: Reason) -> str:
    """One reason as a short phrase; '' for reasons that need not be shown."""
    pair = f"{_capitalize(reason.asked)} / {_capitalize(reason.written)}"
    both_values = {"asked": reason.asked, "written": reason.written}
    phrases = {
        "unmarked": _("without marks"),
        "partial_marks": _("some marks left out"),
        "decoded": _("typed in Telex or VNI"),
        "telex": _("typed in Telex"),
        "vni": _("typed in VNI"),
        "viqr": _("typed in VIQR"),
        "iy": f"i/y: {pair}",
        "hoi_nga": _("hỏi/ngã: %(pair)s") % {"pair": pair},
        "initial": _("initial: %(pair)s") % {"pair": pair},
        "given_first": _("given name first"),
        "comma": _("given name first"),
        "run_together": _("written as one word"),
        "middle_missing": _("without the middle name") if reason.lacks == "asked" else _("middle name not in the file"),
        "family_missing": _("without the family name") if reason.lacks == "asked" else _("family name not in the file"),
        "middle_differs": _("different middle name: %(pair)s") % {"pair": pair},
        "misread": _("one letter misread: %(pair)s") % {"pair": pair},
        "dropped": _("a letter dropped: %(pair)s") % {"pair": pair},
        "regional": _("North/South form: %(pair)s") % {"pair": pair},
        "family_pair": _("North/South form: %(pair)s") % {"pair": pair},
        "merge": _merged_sounds(reason.asked, reason.written) + f": {pair}",
        "foreign": _("foreign spelling: %(pair)s") % {"pair": pair},
        "marks_differ": _("one mark differs: %(pair)s") % {"pair": pair},
        "two_marks_differ": _("marks differ: %(pair)s") % {"pair": pair},
        "given_alone": _("given name alone"),
        "number_equal": _("same service number"),
        "same_unit": _("same unit"),
        "same_regiment": _("same regiment"),
        "same_division": _("same division"),
        "same_division_family": _("same division family: %(written)s") % both_values,
        "other_regiment": _("another regiment: %(written)s") % both_values,
        "other_division": _("another division: %(written)s") % both_values,
        "same_province": _("same province"),
        "province_since": _("same province under its later name"),
        "province_before": _("same province under its earlier name"),
        "same_district": _("same district"),
        "same_commune": _("same commune"),
        "commune_alone": _("a commune of that name"),
        "other_province": _("another province: %(written)s") % both_values,
        "born_same": _("same year of birth"),
        "born_near": _("born a year apart"),
        "born_apart": _("born %(written)s in the file") % both_values,
        "born_other": _("born %(written)s in the file") % both_values,
        "enlisted_same": _("enlisted the same year"),
        "enlisted_near": _("enlisted a year apart"),
        "enlisted_apart": _("enlisted %(written)s in the file") % both_values,
        "enlisted_other": _("enlisted %(written)s in the file") % both_values,
        "died_same": _("same year in the file"),
        "died_near": _("a year apart in the file"),
        "died_apart": _("%(written)s in the file") % both_values,
        "died_other": _("%(written)s in the file") % both_values,
        "kin_named": _("kin named"),
    }
    return phrases.get(reason.code, "")


def why_in_a_sentence(hit: FoundMention) -> str:
    """What agrees and what differs, in one sentence."""
    parts = {
        "family": _("family name"),
        "middle": _("middle name"),
        "given": _("given name"),
        "unit": _("unit"),
        "home": _("home"),
        "born": _("year of birth"),
        "enlisted": _("year of enlistment"),
        "died": _("year given"),
        "number": _("service number"),
        "kin": _("kin"),
    }
    agree: list[str] = []
    differ: list[str] = []
    for reason in hit.reasons:
        if reason.part not in parts:
            continue
        name = parts[reason.part]
        if reason.code in AGREEING | FACTS_AGREEING:
            agree.append(name)
        elif reason.code in FACTS_NEAR or reason.code.endswith("_missing"):
            continue
        elif reason.written:
            differ.append(
                _("%(part)s (the file says %(written)s)") % {"part": name, "written": _capitalize(reason.written)}
            )
    agree, differ = list(dict.fromkeys(agree)), list(dict.fromkeys(differ))
    if agree and differ:
        return _("Same: %(agree)s. Different: %(differ)s.") % {"agree": ", ".join(agree), "differ": ", ".join(differ)}
    if agree:
        return _("Same: %(agree)s.") % {"agree": ", ".join(agree)}
    return _("Different: %(differ)s.") % {"differ": ", ".join(differ)} if differ else ""


def left_out_in_words(names: tuple[str, ...]) -> str:
    """What a relaxed query leaves out: "without the middle name and the unit"."""
    names_of_parts = {
        "name": _("the name"),
        "middle": _("the middle name"),
        "family": _("the family name"),
        "unit": _("the unit"),
        "home": _("the home place"),
        "born": _("the year of birth"),
        "enlisted": _("the year of enlistment"),
        "died": _("the year of the notice"),
        "number": _("the service number"),
        "kin": _("the kin"),
        "lower_units": _("the units below the regiment"),
    }
    return _("without %(parts)s") % {"parts": ", ".join(names_of_parts[name] for name in names)}


def _capitalize(token: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in token.split())


def _merged_sounds(query_part: str, written: str) -> str:
    """The sounds that were confused: ch/tr, s/x, l/n …"""
    left, right = query_part.lower(), written.lower()
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    while left and right and left[0] == right[0]:
        left, right = left[1:], right[1:]
    onsets = {("h", "r"): "ch/tr", ("r", "h"): "tr/ch"}
    start = onsets.get((left[-1:], right[-1:])) if query_part[:1] in "ct" and written[:1] in "ct" else None
    return start or (f"{left}/{right}" if left and right else _("sounds alike"))


def facet_value_in_words(facet: str, value: str, label: str) -> str:
    """The value of a facet in words: `label`, unless the facet has words of its own."""
    if facet == "decade":
        return _("%(decade)ss") % {"decade": value}
    if facet == "scans":
        return _("with images") if value == "yes" else _("without images")
    if facet == "language":
        return {"vi": _("Vietnamese"), "en": _("English"), "fr": _("French")}.get(value, value)
    return label
