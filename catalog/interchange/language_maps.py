"""Texts in both languages, as plain JSON and as language maps of IIIF (Presentation API 3.0, section 4.1)."""

from typing import Any

from django.utils.translation import override

LanguageMap = dict[str, list[str]]


def field_texts(row: object, name: str) -> dict[str, str]:
    """The texts of the fields `name_vi` and `name_en` of a row, by language."""
    return {"vi": getattr(row, f"{name}_vi"), "en": getattr(row, f"{name}_en")}


def translations(phrase: Any) -> dict[str, str]:
    """A lazily translated phrase of the interface, by language."""
    texts = {}
    for code in ("vi", "en"):
        with override(code):
            texts[code] = str(phrase)
    return texts


def language_map(vi: str, en: str) -> LanguageMap:
    """A language map without languages that have no text; a dash without a language if there is no text at all."""
    return {code: [text] for code, text in (("vi", vi), ("en", en)) if text} or {"none": ["–"]}


def field_language_map(row: object, name: str) -> LanguageMap:
    """The language map of the fields `name_vi` and `name_en` of a row."""
    return language_map(**field_texts(row, name))


def phrase_language_map(phrase: Any) -> LanguageMap:
    """The language map of a phrase of the interface."""
    return language_map(**translations(phrase))
