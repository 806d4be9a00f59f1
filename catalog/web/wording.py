"""Codes of the rooms below put into words a person reads."""

from django.utils.translation import gettext as _

from catalog.scans.pictures import UnreadableImage


def refusal_of_image(name: str, error: UnreadableImage) -> str:
    """Why an image was not taken, and what to do."""
    reasons = {
        "empty": _("“%(name)s” is empty (0 bytes). Copy it again from where it came and add it once more."),
        "type": _(
            "“%(name)s” is neither JPEG, PNG nor TIFF, whatever its name says. Save it as one of these and add it once more."
        ),
        "damaged": _(
            "“%(name)s” is damaged and cannot be read to its end. Copy or scan it again; the other images were taken."
        ),
        "large": _("“%(name)s” is larger than this archive takes. Save it with fewer pixels and add it once more."),
    }
    return reasons.get(error.code, reasons["damaged"]) % {"name": name}
