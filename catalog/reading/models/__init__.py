"""The queue of machine reading, and names proposed from texts."""

from catalog.reading.models.proposals import MentionProposal
from catalog.reading.models.reading import PageReading, ReadingPriority, ReadingSwitch

__all__ = ["MentionProposal", "PageReading", "ReadingPriority", "ReadingSwitch"]
