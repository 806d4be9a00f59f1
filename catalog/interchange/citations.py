"""Citing a record: the line a Vietnamese researcher writes, RIS, and BibTeX."""

from dataclasses import dataclass

from catalog.records.models import Record


@dataclass(frozen=True)
class Citation:
    """A citation: as a line in both languages, as RIS and as BibTeX."""

    line_vi: str
    line_en: str
    ris: str
    bibtex: str


def cite(record: Record, above: list[Record], code: str, address: str) -> Citation:
    """Cite a record. above: the records above it, from the top; code: the code in its address; address: absolute URL.

    A record without a number is cited by its code within its parent: the code in its address is only a database key,
    which means nothing to a reader. The line follows the researchers' order: repository, fonds, inventory, file,
    document (docs/field/identifiers.md, Reference code).
    """
    repository = record.repository
    vi = [repository.short_vi or repository.name_vi]
    en = [repository.short_en or repository.name_en or repository.name_vi]
    level_words = {
        "fonds": ("phông", "fonds"),
        "collection": ("sưu tập", "collection"),
        "inventory": ("MLHS", "inventory"),
        "file": ("hồ sơ", "file"),
        "document": ("văn bản", "document"),
        "relic": ("hiện vật", "relic"),
    }
    for ancestor in above:
        word_vi, word_en = level_words[ancestor.level]
        has_title = ancestor.level in ("fonds", "collection")
        vi.append(f"{word_vi} {ancestor.title_vi if has_title else ancestor.code}")
        en.append(f"{word_en} {(ancestor.title_en or ancestor.title_vi) if has_title else ancestor.code}")
    number = "" if code == f"R{record.pk}" else code
    vi.append(f"{level_words[record.level][0]} {number or record.code}, “{record.title_vi}”")
    en.append(f"{level_words[record.level][1]} {number or record.code}, “{record.title_en or record.title_vi}”")
    year = str(record.date_earliest.year) if record.date_earliest and record.date_earliest.year > 1 else ""
    return Citation(
        ", ".join(vi) + f". {address}",
        ", ".join(en) + f". {address}",
        _ris(record, number, address, year),
        _bibtex(record, code, address, year),
    )


def _ris(record: Record, code: str, address: str, year: str) -> str:
    fields = [
        ("TY", "UNPB"),
        ("TI", record.title_vi),
        ("TT", record.title_en),
        ("AU", record.creator_vi),
        ("PY", year),
        ("AN", code),
        ("CN", record.reference_code),
        ("DB", record.repository.name_vi),
        ("LA", record.languages),
        ("UR", address),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {_join_lines(value)}\r\n" for tag, value in fields if value or tag == "ER")


def _bibtex(record: Record, code: str, address: str, year: str) -> str:
    fields = {
        "title": record.title_vi,
        "author": record.creator_vi,
        "year": year,
        "howpublished": f"{record.repository.name_vi}, {record.reference_code}",
        "note": record.title_en,
        "url": address,
    }
    lines = [f"  {name} = {{{_escape_tex(value)}}}" for name, value in fields.items() if value]
    key = "".join(letter for letter in code if letter.isascii() and letter.isalnum()) or f"record{record.pk}"
    return "@misc{" + key + ",\n" + ",\n".join(lines) + "\n}\n"


def _join_lines(value: str) -> str:
    return " ".join(value.split())


def _escape_tex(value: str) -> str:
    value = _join_lines(value).replace("\\", r"\textbackslash ")
    return "".join("\\" + letter if letter in "{}%&$#_" else letter for letter in value)
