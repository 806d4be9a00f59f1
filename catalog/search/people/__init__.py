"""People: what is asked of them, the forms that may be meant, what else agrees or contradicts, suggestions."""

from catalog.search.people.asked import PersonAsked, read_asked
from catalog.search.people.finding import find_by_text, find_people, pages_of_people
from catalog.search.people.found import FoundMention, FoundPerson, PeopleFound

__all__ = [
    "FoundMention", "FoundPerson", "PeopleFound", "PersonAsked", "find_by_text", "find_people", "pages_of_people", "read_asked",
]  # fmt: skip
