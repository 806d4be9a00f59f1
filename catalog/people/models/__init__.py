"""Persons, their names, and the units they served in."""

from catalog.people.models.names import NameArrangement, NameForm, SyllableKey
from catalog.people.models.persons import Person, PersonMerge, PersonName
from catalog.people.models.units import Unit, UnitAlias

__all__ = ["NameArrangement", "NameForm", "Person", "PersonMerge", "PersonName", "SyllableKey", "Unit", "UnitAlias"]
