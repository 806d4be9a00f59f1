"""Persons, their names, and the units they served in."""

from catalog.people.models.names import NameForm, NameKey
from catalog.people.models.persons import Person, PersonName
from catalog.people.models.units import Unit, UnitAlias

__all__ = ["NameForm", "NameKey", "Person", "PersonName", "Unit", "UnitAlias"]
