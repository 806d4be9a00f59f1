"""Why a file was refused, and warnings about accepted files, as sentences that say what to do."""

from django.utils.translation import gettext as _

from catalog.messages.texts import text_refusal_in_words, text_warning_in_words
from catalog.records.numbering import refusal_of_number


def refusal_in_words(code: str, detail: str = "") -> str:
    """The sentence for a refusal's code; '' for an empty code."""
    if not code:
        return ""
    if code == "kind":
        return _refused_kind(detail)
    if code.startswith("text_"):
        return text_refusal_in_words(code.removeprefix("text_"), detail)
    if code == "bad_number":
        return refusal_of_number(detail)
    sentences = {
        "empty": _("The file is empty: it has no bytes at all. Have it sent again."),
        "too_large": _(
            "The file is larger than is taken (%(detail)s bytes). Raise SCAN_MAX_MB, or have it sent in parts."
        )
        % {"detail": detail},
        "unreadable": _("The file cannot be opened (%(detail)s). Look at its permissions and give it again.")
        % {"detail": detail or "?"},
        "link": _("This is a link and no file. Give the file that it points to."),
        "zip": _("The ZIP cannot be unpacked: %(detail)s. Have it packed and sent again.") % {"detail": detail},
        "no_file": _("This is neither a file nor a folder, so there is nothing to take."),
        "checksum": _(
            "The file is not the one that the checksum list names (%(detail)s). It was changed on the way: have it "
            "sent again."
        )
        % {"detail": detail},
        "missing": _("The checksum list names this file, and it was not delivered. Have it sent."),
        "damaged": _("The file is damaged and cannot be read whole (%(detail)s). Have it scanned or sent again.")
        % {"detail": detail},
        "large": _(
            "The picture says it is larger than 200 million pixels (%(detail)s). Have it made smaller, or in parts."
        )
        % {"detail": detail},
        "pages": _("The file has more pages than are taken at once (%(detail)s). Divide it.") % {"detail": detail},
        "encrypted": _("The PDF is locked with a password. Have it sent without."),
        "no_pages": _("The PDF has no page."),
        "memory": _("Reading the file took more memory than is allowed, so it was stopped. Have it made smaller."),
        "stopped": _(
            "The program that reads pictures broke off at this file: it is damaged, or needs more memory than is "
            "allowed. Have it scanned or sent again."
        ),
        "time": _("Reading the file took longer than is allowed (%(detail)s), so it was stopped. Have it made simpler.")
        % {"detail": detail},
        "one_page": _("The file holds %(detail)s pages, and one page was asked for. Add it to the record instead.")
        % {"detail": detail},
        "no_match": _(
            "The name of the file does not say which record it belongs to. Rename it, give --match, or give --record."
        ),
        "no_record": _("There is no record with the number %(detail)s. Enter it first, or give --create-records.")
        % {"detail": detail},
    }
    return sentences.get(code, code)


def warning_in_words(code: str) -> str:
    """The sentence for a warning about an accepted file."""
    if code.startswith("text_"):
        return text_warning_in_words(code.removeprefix("text_"))
    sentences = {
        "extension": _("The name ends otherwise than the file is; the file was taken for what it is."),
        "not_listed": _("The checksum list does not name it."),
        "no_end": _("The end of the picture is missing; all that is there was read."),
        "bytes_behind": _(
            "There are bytes after the end of the picture that do not belong to it; they are kept and never shown."
        ),
        "zeros_within": _("There is a stretch of zeros within the picture: it may be damaged. Look at it."),
        "even_below": _("The lower end of the picture is one even colour: it may have been cut off there. Look at it."),
        "second_picture": _(
            "The file holds a second picture (a preview, or the other of a pair); the first was taken."
        ),
        "animated": _("The picture moves; its first image was taken."),
        "sixteen_bits": _("Sixteen bits a colour were reduced to eight for showing; the original is kept."),
        "transparency": _("What is transparent is shown on white."),
        "profile_wrong": _("Its colour profile is for other colours and was ignored."),
        "profile_broken": _("Its colour profile cannot be read and was ignored."),
        "exif_unreadable": _("What the camera wrote about it (EXIF) cannot be read; it was not turned."),
        "drawn_from_pdf": _("The page of the PDF was drawn at 300 dpi, since no single picture covers it."),
        "same_bytes_elsewhere": _("Another record has the same file."),
        "looks_alike": _("It looks like a picture that is here already. Compare the two."),
    }
    return sentences.get(code, code)


def _refused_kind(name: str) -> str:
    if not name:
        return _("It cannot be told what this file is. JPEG, PNG, TIFF and PDF are taken.")
    kind_name = {
        "sound": _("sound"),
        "video": _("video"),
        "sound or video (RIFF)": _("sound or video (RIFF)"),
        "program": _("program"),
        "text": _("text"),
        "text (RTF)": _("text (RTF)"),
        "database": _("database"),
        "icon (ICO)": _("icon (ICO)"),
        "camera negative (CR2)": _("camera negative (CR2)"),
        "camera negative (DNG)": _("camera negative (DNG)"),
    }.get(name, name)
    advice = {
        "HEIC": _("Save it as JPEG: on the telephone, in the camera's settings, choose “Most compatible”."),
        "ZIP": _("Give the ZIP by itself, and it is unpacked and its files taken in."),
        "Microsoft Office": _("Save it as PDF."),
        "Photoshop (PSD)": _("Save it as TIFF."),
        "BigTIFF": _("Save it as TIFF or JPEG."),
    }.get(name, _("Save it as JPEG, PNG, TIFF or PDF."))
    return _("A file of this kind is not taken: %(kind)s.") % {"kind": kind_name} + " " + advice
