"""What is known of the person looked for, as read from an address or a form. Every field is free text and optional."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from catalog.rules.dates import years_of
from catalog.rules.identifiers import number_key
from catalog.rules.text import canonical, whole_number
from catalog.search.filters import QueryMap, single_value

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
        """Whether no field is filled."""
        return not any(getattr(self, field) for field in FIELDS)

    @property
    def has_facts(self) -> bool:
        """Whether any field but the name is filled."""
        return any(getattr(self, field) for field in FIELDS[1:])

    @property
    def unread(self) -> tuple[str, ...]:
        """The fields whose date cannot be read."""
        return tuple(
            field
            for field in ("born", "enlisted", "died")
            if getattr(self, field) and years_of(getattr(self, field)) == (None, None)
        )

    @property
    def number_key(self) -> str:
        """The service number in the form in which numbers are compared."""
        return number_key(self.number)

    def query_string(self, **changes: object) -> str:
        """The query part of the address of this query with `changes`, without empty fields."""
        query = replace(self, **changes)  # type: ignore[arg-type]
        pairs = [(field, getattr(query, field)) for field in FIELDS if getattr(query, field)]
        return urlencode(pairs + ([("page", str(query.page))] if query.page > 1 else []))


def read_person_query(data: QueryMap) -> PersonQuery:
    """Read an address or a form. Never raises."""
    typed: dict[str, Any] = {field: _tidy(single_value(data, field)) for field in FIELDS}
    page = whole_number(single_value(data, "page"), 5)
    return PersonQuery(**typed, page=min(page or 1, LAST_PAGE))


def person_query_from(values: Mapping[str, str]) -> PersonQuery:
    """The query made of a row of a list; what is no field of a query is left out."""
    typed: dict[str, Any] = {field: _tidy(values[field]) for field in FIELDS if field in values}
    return PersonQuery(**typed)


def _tidy(value: object) -> str:
    """Canonical spelling, single spaces, at most 200 letters."""
    return " ".join(canonical(str(value)).replace("\0", " ").split())[:LONGEST]
