"""Persons, their names, and the units they served in."""

from catalog.people.models.names import NameArrangement, NameForm, SyllableKey
from catalog.people.models.persons import Person, PersonName
from catalog.people.models.units import Unit, UnitAlias

__all__ = ["NameArrangement", "NameForm", "Person", "PersonName", "SyllableKey", "Unit", "UnitAlias"]
