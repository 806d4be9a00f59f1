"""Searching for people: the query, name forms that may be meant, evidence, ranking, suggestions, relaxed queries."""

from catalog.search.people.finding import find_by_text, find_people, pages_of_people
from catalog.search.people.found import FoundMention, FoundPerson, PeopleFound
from catalog.search.people.person_query import PersonQuery, read_person_query

__all__ = [
    "FoundMention",
    "FoundPerson",
    "PeopleFound",
    "PersonQuery",
    "find_by_text",
    "find_people",
    "pages_of_people",
    "read_person_query",
]
