"""Reasons and facet values in the person's language. Codes come from the rules; words are only here."""

from django.utils.translation import gettext as _

from catalog.search.people import FoundMention


def reasons_in_words(found: FoundMention) -> list[str]:
    """Why a mention was found: what was equal, ignored, confused or missing, one short phrase each."""
    if found.comparison is None:
        return [_("the unit asked for")]
    phrases = {
        "equal": "", "same": "",
        "case": "", "spacing": "", "order": _("given name first"), "given_first": _("given name first"),
        "unmarked": _("typed without marks"), "folded": _("typed without marks"), "marks_missing": _("typed without marks"),
        "partial_marks": _("some marks left out"), "decoded": _("read as typing without a Vietnamese keyboard"),
        "telex": _("read as Telex"), "vni": _("read as VNI"), "viqr": _("read as VIQR"), "iy": _("i/y"),
        "tone_placement": "", "hoi_nga": _("hỏi/ngã"), "initial": _("an initial for a name"), "marks_differ": _("marks differ"),
        "middle_missing": _("middle name left out"), "family_missing": _("family name left out"),
        "middle_differs": _("different middle name"), "misread": _("one letter misread"), "regional": _("North/South pair"),
        "merge": _("sounds alike"), "phonetic": _("sounds alike"), "tone_differs": _("tone differs"),
        "given_alone": _("given name alone"), "family_pair": _("North/South pair"), "foreign": _("foreign spelling"),
        "family_differs": _("different family name"), "number_equal": _("same service number"),
    }  # fmt: skip
    words: list[str] = []
    for reason in found.comparison.reasons:
        code = str(getattr(reason, "code", reason))
        phrase = phrases.get(code, "")
        left, right = getattr(reason, "left", ""), getattr(reason, "right", "")
        if (
            phrase
            and left
            and right
            and left != right
            and code not in ("unmarked", "folded", "decoded", "marks_missing")
        ):
            phrase = f"{phrase}: {left} / {right}"
        if phrase and phrase not in words:
            words.append(phrase)
    if found.kind == "alias":
        words.append(_("alias on the page: %(name)s") % {"name": found.form})
    elif found.kind == "alternate":
        words.append(_("another reading of the writing: %(name)s") % {"name": found.form})
    return words or [_("the name as written")]


def facet_value_in_words(facet: str, value: str, label: str) -> str:
    """The value of a facet as a person reads it."""
    if facet == "decade":
        return _("%(decade)ss") % {"decade": value}
    if facet == "scans":
        return _("with images") if value == "yes" else _("without images")
    if facet == "language":
        return {"vi": _("Vietnamese"), "en": _("English"), "fr": _("French")}.get(value, value)
    return label
