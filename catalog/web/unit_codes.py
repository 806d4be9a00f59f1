"""Codes, cover names and letter boxes of units: their addresses, their dated meanings, and where they are written.

This module does not decide what a code meant: each meaning is a row with its source, and all of them are shown.
"""

import re

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.people.models import UnitAlias
from catalog.people.queries import aliases_of, unit_aliases
from catalog.records.models import Mention
from catalog.records.queries import Asker, visible_mentions
from catalog.rules.text import fold
from catalog.rules.units import parse_unit

CODE = re.compile(r"code:([a-z0-9]+)\?")
COVER = re.compile(r"alias:([a-z0-9]+)->.*")
WHOLE = re.compile(r"code:[a-z0-9]+\?|alias:\S+|letterbox:\w+|doan:[\w-]+\??")


def without_question_mark(normal: str) -> str:
    """A normal form without its question mark, which only says that the meaning is not known."""
    return normal.replace("?", "")


def is_code(normal: str) -> bool:
    """Whether a normal form is nothing but a code, a cover name or a letter box."""
    return "|" not in normal and WHOLE.fullmatch(normal) is not None


def address_of(normal: str) -> str:
    """The normal form as it is in an address: codes as they are written, without question marks."""
    for address in (
        *_cover_name_writings(normal),
        CODE.sub(lambda code: code[1].upper(), normal),
        without_question_mark(normal),
    ):
        if "?" not in address and without_question_mark(parse_unit(address).normal) == without_question_mark(normal):
            return address
    return normal


def code_in_words(normal: str) -> str:
    """A code as a person writes it."""
    if normal.startswith("letterbox:"):
        return _("Letter box %(number)s") % {"number": normal.partition(":")[2].upper()}
    if normal.startswith("doan:"):
        return f"Đoàn {without_question_mark(normal).partition(':')[2].upper()}"
    if normal.startswith("alias:congtruong"):
        number = normal.removeprefix("alias:congtruong").partition("->")[0]
        return f"Công trường {number} (CT{number})"
    if match := COVER.fullmatch(normal) or CODE.fullmatch(normal):
        return match[1].upper()
    return normal


def codes_within(normal: str) -> list[str]:
    """The codes in a normal form that has other levels too: KBM of c2/KBM."""
    return [match[0] for match in CODE.finditer(normal)]


def meanings_of(normal: str, written: str) -> list[UnitAlias]:
    """All dated meanings of the code in the catalogue, with their sources, by year."""
    aliases = {alias.pk: alias for alias in aliases_of(written)}
    if not normal.startswith("code:") and normal != "-":
        # "CT7" and "Công trường 7" are the same cover name. Codes are compared as they are written, since of KB-1 only
        # KB is read.
        for alias in unit_aliases():
            if without_question_mark(parse_unit(alias.value).normal) == without_question_mark(normal):
                aliases[alias.pk] = alias
    return sorted(aliases.values(), key=lambda alias: (alias.from_year or 0, alias.pk))


def code_mentions(normal: str, written: str, asker: Asker) -> QuerySet[Mention]:
    """Visible mentions whose unit, as written, contains the code as a whole word."""
    mentions = visible_mentions(asker)
    digits = re.search(r"\d+", written)
    needle = written if normal.startswith("code:") else digits[0] if digits else ""
    if needle.isascii():
        mentions = mentions.filter(unit_text__icontains=needle)
    texts = mentions.exclude(unit_text="").order_by().values_list("unit_text", flat=True).distinct()
    return visible_mentions(asker).filter(
        unit_text__in=[text for text in texts if _is_written_in(text, normal, written)]
    )


def _cover_name_writings(normal: str) -> list[str]:
    match = COVER.fullmatch(normal)
    if not match:
        return []
    return [match[1].upper(), match[1].replace("congtruong", "CT")]


def _is_written_in(text: str, normal: str, written: str) -> bool:
    if re.search(rf"(?<!\w){re.escape(fold(written))}(?!\w)", fold(text)):
        return True
    if normal.startswith("code:") or normal == "-":
        return False
    whole_code = re.compile(rf"{re.escape(without_question_mark(normal))}(?!\w)")
    return any(whole_code.search(without_question_mark(reading)) for reading in parse_unit(text).readings)
