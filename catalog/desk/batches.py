"""Batches of delivered files: what became of each file, and what to do with those that were refused."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.images.queries import visible_scans
from catalog.intake.actions import discard_file, retry_file
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.queries import refused_files, visible_batches
from catalog.intake.uploads import TAKE_IN
from catalog.jobs.models import Job
from catalog.jobs.queries import visible_jobs
from catalog.messages.intake import refusal_in_words, warning_in_words
from catalog.messages.jobs import job_reason_in_words
from catalog.records.queries import address_code, visible_record
from catalog.rules.text import spreadsheet_text

PAGE_SIZE = 100
# Images of one file that are shown; the others are only counted.
SCANS_SHOWN = 3


@require_safe
@for_staff("add_scan")
def batches(request: HttpRequest) -> HttpResponse:
    """All batches that the user may see, the newest first."""
    # Grouping drops the ordering of the model; without one, pages would overlap.
    batches = (
        visible_batches(cast(User, request.user))
        .select_related("record", "owner")
        .annotate(settled_total=Count("files"), refused_total=Count("files", filter=Q(files__outcome="refused")))
        .order_by("-pk")
    )
    return render(request, "catalog/desk/batches.html", {"batches": _paged(request, batches)})


@require_safe
@for_staff("add_scan")
def refused(request: HttpRequest) -> HttpResponse:
    """Refused files of all batches that nobody has dealt with."""
    files = refused_files(cast(User, request.user)).select_related("batch__record").order_by("-pk")
    page = _paged(request, files)
    visible_keys = _visible_scan_keys(request, page)
    return render(
        request,
        "catalog/desk/refused.html",
        {"files": [_report_line(file, visible_keys) for file in page], "page": page},
    )


@require_safe
@for_staff("add_scan")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress of a batch, and its report. The page reloads itself while there is work to do."""
    batch = get_object_or_404(visible_batches(cast(User, request.user)).select_related("record"), pk=pk)
    files = batch.files.select_related("like__page__record").prefetch_related("scans__page__record")
    counts = dict(batch.files.values_list("outcome").annotate(count=Count("pk")))
    filter_name = request.GET.get("show", "")
    filters = {
        "refused": Q(outcome="refused"),
        "duplicate": Q(outcome="duplicate"),
        "accepted": Q(outcome="accepted"),
        "warned": Q(outcome="accepted") & ~Q(warnings=[]),
        "alike": Q(like__isnull=False),
    }
    done = sum(counts.values())
    page = _paged(request, files.filter(filters.get(filter_name, Q())).order_by("pk"))
    visible_keys = _visible_scan_keys(request, page)
    job = visible_jobs(request.user).filter(kind=TAKE_IN, key=str(pk)).first()
    context = {
        "batch": batch,
        "done": done,
        "job": job,
        "is_under_way": batch.under_way or (job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING)),
        "job_reason": job_reason_in_words(job) if job and batch.state != IntakeBatch.State.DONE else "",
        "filters": [
            (name, words, batch.files.filter(filters[name]).count())
            for name, words in (
                ("accepted", _("taken in")),
                ("refused", _("refused")),
                ("duplicate", _("here already")),
                ("warned", _("with a remark")),
                ("alike", _("looks like another")),
            )
        ],
        "filter_name": filter_name if filter_name in filters else "",
        "files": [_report_line(file, visible_keys) for file in page],
        "page": page,
        "rate": _speed(batch, done),
        "is_stuck": _is_stuck(batch),
    }
    return render(request, "catalog/desk/batch.html", context)


@require_safe
@for_staff("add_scan")
def table(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The whole report as CSV."""
    batch = get_object_or_404(visible_batches(cast(User, request.user)), pk=pk)
    response = StreamingHttpResponse(_csv_lines(batch, request), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"batch-{pk}.csv") or "attachment"
    return response


@require_POST
@for_staff("add_scan")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a refused file again, for another record if one is given, or mark it as not wanted."""
    person = cast(User, request.user)
    file = get_object_or_404(refused_files(person).select_related("batch__record"), pk=pk)
    if "discard" in request.POST:
        discard_file(file=file)
        messages.success(
            request, _("%(name)s is marked as not wanted. The file stays in quarantine.") % {"name": file.name}
        )
        return _redirect_back(request, file)
    code = request.POST.get("record", "").strip()[:100]
    record = visible_record(code, person) if code else None
    if code and record is None:
        messages.error(request, _("There is no record with the number %(detail)s. Enter it first.") % {"detail": code})
        return _redirect_back(request, file)
    try:
        new_file = retry_file(file=file, owner=person, record=record)
    except FileNotFoundError:
        messages.error(request, _("The file %(name)s is no longer there. Have it sent again.") % {"name": file.name})
        return _redirect_back(request, file)
    if new_file.outcome == IntakeFile.Outcome.REFUSED:
        messages.error(request, f"{file.name}: {refusal_in_words(new_file.reason, new_file.detail)}")
    else:
        messages.success(request, _("%(name)s was taken in.") % {"name": file.name})
    return _redirect_back(request, file)


def _visible_scan_keys(request: HttpRequest, files: Iterable[IntakeFile]) -> set[int]:
    """Primary keys of the images of these files, and of images they look like, that the user may see."""
    keys = {scan.pk for file in files for scan in file.scans.all()} | {file.like_id for file in files if file.like_id}
    return set(visible_scans(request.user).filter(pk__in=keys).values_list("pk", flat=True))


def _report_line(file: IntakeFile, visible_keys: set[int]) -> dict[str, Any]:
    visible_scans_of_file = [scan for scan in file.scans.all() if scan.pk in visible_keys]
    scans = sorted(visible_scans_of_file, key=lambda scan: (scan.page.record_id, scan.page.number))
    return {
        "file": file,
        "reason": refusal_in_words(file.reason, file.detail),
        "warnings": [warning_in_words(code) for code in file.warnings],
        "scans": scans[:SCANS_SHOWN],
        "like": file.like if file.like_id in visible_keys else None,
        "more": len(scans[SCANS_SHOWN:]),
        "open": file.outcome == IntakeFile.Outcome.REFUSED and not file.settled,
        "asks_record": file.batch.record_id is None,
    }


def _csv_lines(batch: IntakeBatch, request: HttpRequest) -> Iterator[str]:
    heading = [
        _("Name of the file"),
        _("Outcome"),
        _("Reason"),
        _("Remarks"),
        _("Pages"),
        "SHA-256",
        _("bytes"),
        _("At"),
        _("Looks like"),
    ]
    yield "\ufeff" + _csv_line(heading)
    files = batch.files.select_related("like__page__record").prefetch_related("scans__page__record").order_by("pk")
    for file in files.iterator(chunk_size=500):
        visible_keys = _visible_scan_keys(request, [file])
        scans = sorted(
            (scan for scan in file.scans.all() if scan.pk in visible_keys), key=lambda scan: scan.page.number
        )
        pages = " ".join(_page_address(request, scan.page) for scan in scans)
        like = _page_address(request, file.like.page) if file.like and file.like_id in visible_keys else ""
        yield _csv_line(
            [
                file.name,
                file.get_outcome_display(),
                refusal_in_words(file.reason, file.detail),
                " ".join(warning_in_words(code) for code in file.warnings),
                pages,
                file.sha256,
                file.size,
                timezone.localtime(file.at).isoformat(timespec="seconds"),
                like,
            ]
        )


def _page_address(request: HttpRequest, page: Any) -> str:
    return request.build_absolute_uri(reverse("page", args=[address_code(page.record), page.address]))


def _csv_line(values: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([spreadsheet_text(str(value)) for value in values])
    return line.getvalue()


def _speed(batch: IntakeBatch, done: int) -> tuple[float, int] | None:
    """Files a second and seconds left; None if they cannot be estimated yet."""
    if not batch.under_way or not done:
        return None
    seconds = max(0.5, (timezone.now() - batch.began_at).total_seconds())
    rate = done / seconds
    return rate, round((batch.total - done) / rate)


def _is_stuck(batch: IntakeBatch) -> bool:
    """Whether a batch is under way, but no file of it was finished for longer than any file may take."""
    if batch.state != IntakeBatch.State.WORKING:
        return False
    last = batch.files.order_by("-pk").values_list("at", flat=True).first() or batch.began_at
    return (timezone.now() - last).total_seconds() > 2 * settings.DECODE_SECONDS + 60


def _paged(request: HttpRequest, rows: QuerySet[Any]) -> Any:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def _redirect_back(request: HttpRequest, file: IntakeFile) -> HttpResponse:
    address = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return redirect(address if is_safe else reverse("desk-batch", args=[file.batch_id]))
