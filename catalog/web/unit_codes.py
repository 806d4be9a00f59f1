"""Codes, cover names and letter boxes of units: their addresses, their dated meanings, and where they are written.

Nothing here decides what a code stood for: every meaning is a row with its source, and none is picked.
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


def bare(normal: str) -> str:
    """A normal form without its question mark: whether a meaning is known is not part of the name."""
    return normal.replace("?", "")


def is_code(normal: str) -> bool:
    """Whether the whole of a normal form is a code, a cover name or a letter box."""
    return "|" not in normal and WHOLE.fullmatch(normal) is not None


def address_of(normal: str) -> str:
    """The normal form as an address shows it: codes as they are written, so that none holds a question mark."""
    for address in (*_cover_names(normal), CODE.sub(lambda code: code[1].upper(), normal), bare(normal)):
        if "?" not in address and bare(parse_unit(address).normal) == bare(normal):
            return address
    return normal


def code_in_words(normal: str) -> str:
    """A code as a person writes it."""
    if normal.startswith("letterbox:"):
        return _("Letter box %(number)s") % {"number": normal.partition(":")[2].upper()}
    if normal.startswith("doan:"):
        return f"Đoàn {bare(normal).partition(':')[2].upper()}"
    if normal.startswith("alias:congtruong"):
        number = normal.removeprefix("alias:congtruong").partition("->")[0]
        return f"Công trường {number} (CT{number})"
    if found := COVER.fullmatch(normal) or CODE.fullmatch(normal):
        return found[1].upper()
    return normal


def codes_within(normal: str) -> list[str]:
    """The codes beside known levels: KBM of c2/KBM."""
    return [found[0] for found in CODE.finditer(normal)]


def meanings_of(normal: str, written: str) -> list[UnitAlias]:
    """Every dated meaning that the catalogue knows of the code, with its source."""
    found = {alias.pk: alias for alias in aliases_of(written)}
    if not normal.startswith("code:") and normal != "-":
        # "CT7" and "Công trường 7" are one cover name; of KB-1 only KB is read, so codes are compared as they are
        # written.
        for alias in unit_aliases():
            if bare(parse_unit(alias.value).normal) == bare(normal):
                found[alias.pk] = alias
    return sorted(found.values(), key=lambda alias: (alias.from_year or 0, alias.pk))


def code_mentions(normal: str, written: str, asker: Asker) -> QuerySet[Mention]:
    """Visible mentions in whose unit, as written, the code stands as a whole word."""
    mentions = visible_mentions(asker)
    digits = re.search(r"\d+", written)
    needle = written if normal.startswith("code:") else digits[0] if digits else ""
    if needle.isascii():
        mentions = mentions.filter(unit_text__icontains=needle)
    texts = mentions.exclude(unit_text="").order_by().values_list("unit_text", flat=True).distinct()
    return visible_mentions(asker).filter(unit_text__in=[text for text in texts if _stands_in(text, normal, written)])


def _cover_names(normal: str) -> list[str]:
    found = COVER.fullmatch(normal)
    if not found:
        return []
    return [found[1].upper(), found[1].replace("congtruong", "CT")]


def _stands_in(text: str, normal: str, written: str) -> bool:
    if re.search(rf"(?<!\w){re.escape(fold(written))}(?!\w)", fold(text)):
        return True
    if normal.startswith("code:") or normal == "-":
        return False
    whole = re.compile(rf"{re.escape(bare(normal))}(?!\w)")
    return any(whole.search(bare(reading)) for reading in parse_unit(text).readings)
