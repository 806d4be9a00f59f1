"""Images of pages, and originals with the results of checking their checksums."""

from catalog.images.models.fixity import FixityFinding, FixityPass, Original
from catalog.images.models.scans import Scan

__all__ = ["FixityFinding", "FixityPass", "Original", "Scan"]
