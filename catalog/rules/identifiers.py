"""Numbers that identify records. They are never matched fuzzily; every correction is shown to the user.

Source: docs/field/identifiers.md, Captured files (Virtual Vietnam Archive item numbers: F and twelve digits; that they
hold reel and frame is inferred, no reachable document says so) and 1.3 (CDEC log numbers MM-NNNN-YY).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.rules.text import canonical

ITEM = re.compile(r"F\d{12}", re.ASCII)
PHOTOGRAPH = re.compile(r"V[A-Z]\d{6}", re.ASCII)
LOG = re.compile(r"(\d{2})-(\d{4})-(\d{2})", re.ASCII)
SHAPES = re.compile(r"[A-Z]{1,6}[-. ]?\d{3,}[A-Z0-9-]*|\d{2}-\d{4}-\d{2}|\d{6,}", re.ASCII)


@dataclass(frozen=True)
class CleanIdentifier:
    """The number as matched, its scheme (vva, vva_photo, cdec_log, local), what was changed, and warnings. For film
    items also the reel and frame that the number is thought to hold."""

    value: str
    scheme: str
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reel: str | None = None
    frame: str | None = None


def clean_identifier(text: str) -> CleanIdentifier:
    """Clean up a typed number. Changes: case, spaces, hyphens, letter_o. Warnings: unusual_collection."""
    typed = canonical(text).strip()
    upper = typed.upper()
    compact = re.sub(r"[\s\-–—._]+", "", upper)
    repaired = compact[:1] + compact[1:].replace("O", "0")
    if ITEM.fullmatch(repaired):
        changes = [
            code
            for code, changed in (
                ("case", typed != upper),
                ("spaces", bool(re.search(r"\s", typed))),
                ("hyphens", bool(re.search(r"[\-–—._]", typed))),
                ("letter_o", repaired != compact),
            )
            if changed
        ]
        warnings = () if repaired.startswith("F0346") else ("unusual_collection",)
        return CleanIdentifier(repaired, "vva", tuple(changes), warnings, repaired[5:9], repaired[9:])
    changes = ["case"] * (typed != upper)
    if PHOTOGRAPH.fullmatch(compact):
        return CleanIdentifier(compact, "vva_photo", tuple(changes + ["spaces"] * (compact != upper)))
    if LOG.fullmatch(upper):
        return CleanIdentifier(upper, "cdec_log")
    return CleanIdentifier(" ".join(upper.split()), "local", tuple(changes))


def looks_like_identifier(text: str) -> bool:
    """Whether the text of a search box has the shape of a number and should be looked up as one."""
    cleaned = clean_identifier(text)
    return cleaned.scheme != "local" or bool(SHAPES.fullmatch(cleaned.value))


LONGEST = 120
# How an address names a record without a number: R and its primary key.
BY_KEY = re.compile(r"R([1-9]\d{0,17})", re.ASCII)


def key_in_address(text: str) -> int | None:
    """The primary key in an address of the form R262, which records without a number have; None for any other text."""
    match = BY_KEY.fullmatch(text.strip().upper())
    return int(match[1]) if match else None


def has_address(matched: str) -> bool:
    """Whether a number, as matched, can be part of an address: browsers and proxies drop empty steps, `.` and `..`."""
    return all(step.strip() not in ("", ".", "..") for step in matched.split("/"))


def number_fault(text: str) -> str:
    """What is wrong with a number for a record: empty, long, slashes, by_key; '' if nothing is.

    slashes: a slash at either end, two in a row, or `.` or `..` alone between slashes, so that no address can hold it.
    by_key: it looks like the address of a record without a number.
    """
    matched = clean_identifier(text).value.upper()
    if not matched:
        return "empty"
    if len(matched) > LONGEST or len(text) > LONGEST:
        return "long"
    if not has_address(matched):
        return "slashes"
    return "by_key" if BY_KEY.fullmatch(matched) else ""


def reference_key(text: str) -> str:
    """A reference code as it is looked up: regardless of case, spacing and Unicode form."""
    return " ".join(canonical(text).upper().split())[:300]


def reference_code(parts: Sequence[str]) -> str:
    """The parts joined as VN-TTLTQG3/fonds/inventory/file/ordinal (docs/field/identifiers.md, Reference code)."""
    return "/".join(
        part.strip().replace("/", "-") if index else part.strip() for index, part in enumerate(parts) if part.strip()
    )


def number_key(text: str) -> str:
    """The letters and digits of a service number in upper case: two numbers are equal if these are."""
    return "".join(letter for letter in canonical(text).upper() if letter.isalnum())[:60]
