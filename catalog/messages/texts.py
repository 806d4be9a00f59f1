"""Why a text file was refused, and warnings about accepted ones, as sentences that say what to do."""

from django.utils.translation import gettext as _


def text_refusal_in_words(code: str, detail: str = "") -> str:
    """The sentence for a refusal's code."""
    sentences = {
        "empty": _("The text file is empty. Have it sent again."),
        "large": _("The text file is larger than is taken (%(detail)s). Divide it by pages.") % {"detail": detail},
        "damaged": _("The text file is damaged and cannot be read whole (%(detail)s). Have it made or sent again.")
        % {"detail": detail},
        "entities": _(
            "The file defines entities of its own, which are never opened. Save it without a document type definition."
        ),
        "kind": _("This is no text that is taken (%(detail)s). ALTO 2 to 4, hOCR, PAGE XML and plain text are.")
        % {"detail": detail},
        "encoding": _("The plain text is not written in UTF-8. Save it again as UTF-8."),
        "no_pages": _("There is no page in the file."),
        "unit": _("The file measures in “%(detail)s”, which is none of pixel, mm10 and inch1200.") % {"detail": detail},
        "pages": _(
            "The file has another number of pages than the image beside it (%(detail)s). Divide it, or give the right "
            "one."
        )
        % {"detail": detail},
        "no_scan": _("There is no page for it: no image of that name was taken in."),
    }
    return sentences.get(code, code)


def text_warning_in_words(code: str) -> str:
    """The sentence for a warning about an accepted text."""
    sentences = {
        "no_boxes": _("It cannot be said where its words stand on the image; the text was taken without."),
        "other_shape": _(
            "The page in the file has another shape than the image: look whether the words are marked in the right "
            "place."
        ),
        "kept_beside": _(
            "A person transcribed this page: their text stays the one shown, this one is kept among the versions."
        ),
    }
    return sentences.get(code, code)
