"""Images of pages and the words read from them."""

from catalog.scans.models.fixity import FixityFinding, FixityPass, Original
from catalog.scans.models.intake import IntakeBatch, IntakeFile, Upload
from catalog.scans.models.scans import Scan
from catalog.scans.models.texts import PageText

__all__ = ["FixityFinding", "FixityPass", "IntakeBatch", "IntakeFile", "Original", "PageText", "Scan", "Upload"]
