"""Images of pages and the words read from them."""

from catalog.scans.models.fixity import FixityFinding, FixityPass, Original
from catalog.scans.models.intake import IntakeBatch, IntakeFile, Upload
from catalog.scans.models.proposals import MentionProposal
from catalog.scans.models.reading import PageReading, ReadingPriority, ReadingSwitch
from catalog.scans.models.scans import Scan
from catalog.scans.models.texts import PageText, PageTranslation, TextDraft, TextState, TextVersion

__all__ = [
    "FixityFinding", "FixityPass", "IntakeBatch", "IntakeFile", "MentionProposal", "Original", "PageReading", "PageText",
    "PageTranslation", "ReadingPriority", "ReadingSwitch", "Scan", "TextDraft", "TextState", "TextVersion", "Upload",
]  # fmt: skip
