"""Resumable uploads by the tus protocol 1.0.0 (tus.io/protocols/resumable-upload): core, creation, termination.

A browser that lost its connection asks how much has been received and goes on from there.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.intake.queries import waiting_upload
from catalog.intake.room import NoRoom, require_room
from catalog.intake.uploads import Busy, WrongPlace, append, begin_upload, drop_upload, finish_upload
from catalog.records.queries import visible_to
from catalog.upkeep.failures import is_disk_full
from catalog.upkeep.reporting import alarm, report_failure

VERSION = "1.0.0"
# Longer numbers are neither a key nor a length, and Python refuses to convert 5,000 digits.
MOST_DIGITS = 18
TOO_LARGE = gettext_lazy("The file is too large to be sent. Give it to the administrator for “manage.py ingest”.")
CHUNK_BYTES = 1 << 18


def _tus_response(status: int, message: Any = "", **headers: str) -> HttpResponse:
    response = HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


@require_http_methods(["OPTIONS", "POST"])
@for_staff("add_scan")
def uploads(request: HttpRequest) -> HttpResponse:
    """OPTIONS: the extensions supported. POST: begin a new upload."""
    if request.method == "OPTIONS":
        return _tus_response(
            204, Tus_Version=VERSION, Tus_Extension="creation,termination", Tus_Max_Size=str(settings.UPLOAD_MAX_BYTES)
        )
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    length = request.headers.get("Upload-Length", "")
    key = metadata.get("record", "")
    if not (_is_plain_number(length) and _is_plain_number(key)) or not metadata.get("filename"):
        return _tus_response(400, _("The name, the record or the length of the file is missing. Load the page again."))
    if len(key) > MOST_DIGITS:
        raise Http404
    record = get_object_or_404(visible_to(request.user), pk=int(key))
    if len(length) > MOST_DIGITS:
        return _tus_response(413, TOO_LARGE)
    try:
        require_room(int(length))
        upload = begin_upload(
            record=record, owner=cast(User, request.user), name=metadata["filename"], size=int(length)
        )
    except ValueError:
        return _tus_response(413, TOO_LARGE)
    except NoRoom as error:
        alarm("disk.low")
        words = _(
            "The server has room for %(free)s more and not for this file. Nothing was sent. Tell an administrator."
        )
        return _tus_response(507, words % {"free": filesizeformat(error.free)})
    except OSError as error:
        return _disk_full_response(error)
    return _tus_response(201, Location=reverse("desk-upload", args=[upload.token]), Upload_Offset=str(upload.received))


@require_http_methods(["HEAD", "PATCH", "DELETE"])
@for_staff("add_scan")
def upload(request: HttpRequest, token: UUID) -> HttpResponse:
    """HEAD: how many bytes were received. PATCH: receive more. DELETE: give the upload up."""
    upload = waiting_upload(token, cast(User, request.user))
    if upload is None:
        raise Http404
    if request.method == "HEAD":
        received = upload.received
        if received == upload.size and upload.ended_at is None:
            finish_upload(upload=upload)
        return _tus_response(200, Upload_Offset=str(received), Upload_Length=str(upload.size))
    if request.method == "DELETE":
        drop_upload(upload=upload)
        return _tus_response(204)
    if request.content_type != "application/offset+octet-stream":
        return _tus_response(415, _("A piece of a file is expected."))
    offset = request.headers.get("Upload-Offset", "")
    if not _is_plain_number(offset) or len(offset) > MOST_DIGITS:
        return _tus_response(400, _("It is not said where this piece belongs."))
    try:
        received = append(upload=upload, offset=int(offset), chunks=_chunks(request))
    except WrongPlace as error:
        return _tus_response(409, _("This piece does not join what has come."), Upload_Offset=str(error.received))
    except Busy:
        return _tus_response(423, _("Another piece of this file is being written."))
    except OSError as error:
        return _disk_full_response(error)
    return _tus_response(204, Upload_Offset=str(received))


def _is_plain_number(text: str) -> bool:
    """Whether the text is made of ASCII digits; other Unicode digits (²) are not accepted."""
    return text.isascii() and text.isdigit()


def _disk_full_response(error: OSError) -> HttpResponse:
    """507 with a sentence if the disk is full; any other error is raised again."""
    if not is_disk_full(error):
        raise error
    report_failure(error, event="disk.full")
    return _tus_response(
        507,
        _(
            "The server's disk is full. What has come of this file is kept; send it again when there is room, and it "
            "goes on."
        ),
    )


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    try:
        while chunk := request.read(CHUNK_BYTES):
            yield chunk
    except OSError:
        # The connection broke. What was received is kept, and the browser asks where to go on.
        return


def _metadata(header: str) -> dict[str, str]:
    """The header `name base64, name base64` as a dictionary (tus, Creation, Upload-Metadata). What cannot be decoded
    is left out."""
    values = {}
    for pair in header.split(","):
        name, _space, value = pair.strip().partition(" ")
        try:
            values[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return values
