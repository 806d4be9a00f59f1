"""Images of pages and the words read from them."""

from catalog.scans.models.intake import IntakeBatch, IntakeFile
from catalog.scans.models.proposals import MentionProposal
from catalog.scans.models.reading import PageReading, ReadingPriority, ReadingSwitch
from catalog.scans.models.scans import Scan
from catalog.scans.models.texts import PageText, PageTranslation, TextDraft, TextState, TextVersion

__all__ = [
    "IntakeBatch", "IntakeFile", "MentionProposal", "PageReading", "PageText", "PageTranslation", "ReadingPriority",
    "ReadingSwitch", "Scan", "TextDraft", "TextState", "TextVersion",
]  # fmt: skip
