"""What is known of the one looked for, as an address says it; every field is free text and each may be left out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from catalog.rules.dates import years_of
from catalog.rules.identifiers import number_key
from catalog.rules.text import canonical, whole_number
from catalog.search.filters import QueryMap

FIELDS = ("name", "unit", "home", "born", "enlisted", "died", "kin", "number")
LONGEST = 200
LAST_PAGE = 1000


@dataclass(frozen=True)
class PersonQuery:
    """The fields as typed (canonical spelling, single spaces); `page` of the answers, from 1."""

    name: str = ""
    unit: str = ""
    home: str = ""
    born: str = ""
    enlisted: str = ""
    died: str = ""
    kin: str = ""
    number: str = ""
    page: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not any(getattr(self, field) for field in FIELDS)

    @property
    def has_facts(self) -> bool:
        """Whether anything beside the name was given."""
        return any(getattr(self, field) for field in FIELDS[1:])

    @property
    def unread(self) -> tuple[str, ...]:
        """Fields with a date in them that could not be read."""
        return tuple(
            field
            for field in ("born", "enlisted", "died")
            if getattr(self, field) and years_of(getattr(self, field)) == (None, None)
        )

    @property
    def number_key(self) -> str:
        """The service number as compared."""
        return number_key(self.number)

    def query_string(self, **changes: object) -> str:
        """The address of this question with `changes`, leaving out what is empty."""
        now = replace(self, **changes)  # type: ignore[arg-type]
        pairs = [(field, getattr(now, field)) for field in FIELDS if getattr(now, field)]
        return urlencode(pairs + ([("page", str(now.page))] if now.page > 1 else []))


def read_person_query(data: QueryMap) -> PersonQuery:
    """Read an address or a form. Never raises."""
    typed = {field: " ".join(canonical(_one(data, field)).replace("\0", " ").split())[:LONGEST] for field in FIELDS}
    number = whole_number(_one(data, "page"), 5) or 1
    return PersonQuery(**typed, page=min(number, LAST_PAGE))


def person_query_from(values: Mapping[str, str]) -> PersonQuery:
    """The fields named in `values` (a row of a list), tidied; others are left out."""
    tidy = {
        field: " ".join(canonical(values[field]).replace("\0", " ").split())[:LONGEST]
        for field in FIELDS
        if field in values
    }
    return replace(PersonQuery(), **tidy)  # type: ignore[arg-type]


def _one(data: QueryMap, name: str) -> str:
    return str(data[name]) if name in data else ""
