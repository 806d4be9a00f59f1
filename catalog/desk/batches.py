"""What became of every delivered file, and what a person does about those that were refused."""

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

EACH_PAGE = 100
# Pages of one file that are shown; the rest are counted.
SHOWN = 3


@require_safe
@for_staff("add_scan")
def batches(request: HttpRequest) -> HttpResponse:
    """Every batch, the newest first."""
    # Grouping drops the order that the model states, so that pages would overlap.
    found = (
        visible_batches(cast(User, request.user))
        .select_related("record", "owner")
        .annotate(settled_total=Count("files"), refused_total=Count("files", filter=Q(files__outcome="refused")))
        .order_by("-pk")
    )
    return render(request, "catalog/desk/batches.html", {"batches": _page_of(request, found)})


@require_safe
@for_staff("add_scan")
def refused(request: HttpRequest) -> HttpResponse:
    """Refused files of every batch that nobody has settled."""
    found = refused_files(cast(User, request.user)).select_related("batch__record").order_by("-pk")
    page = _page_of(request, found)
    seen = _seen_of(request, page)
    return render(request, "catalog/desk/refused.html", {"files": [_line(file, seen) for file in page], "page": page})


@require_safe
@for_staff("add_scan")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a batch is, and its report. The page loads itself anew while there is work to do."""
    found = get_object_or_404(visible_batches(cast(User, request.user)).select_related("record"), pk=pk)
    files = found.files.select_related("like__page__record").prefetch_related("scans__page__record")
    counts = dict(found.files.values_list("outcome").annotate(count=Count("pk")))
    shown = request.GET.get("show", "")
    kinds = {
        "refused": Q(outcome="refused"),
        "duplicate": Q(outcome="duplicate"),
        "accepted": Q(outcome="accepted"),
        "warned": Q(outcome="accepted") & ~Q(warnings=[]),
        "alike": Q(like__isnull=False),
    }
    done = sum(counts.values())
    page = _page_of(request, files.filter(kinds.get(shown, Q())).order_by("pk"))
    seen = _seen_of(request, page)
    job = visible_jobs(request.user).filter(kind=TAKE_IN, key=str(pk)).first()
    context = {
        "batch": found,
        "done": done,
        "job": job,
        "goes_on": found.under_way or (job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING)),
        "job_reason": job_reason_in_words(job) if job and found.state != IntakeBatch.State.DONE else "",
        "kinds": [
            (name, words, found.files.filter(kinds[name]).count())
            for name, words in (
                ("accepted", _("taken in")),
                ("refused", _("refused")),
                ("duplicate", _("here already")),
                ("warned", _("with a remark")),
                ("alike", _("looks like another")),
            )
        ],
        "shown": shown if shown in kinds else "",
        "files": [_line(file, seen) for file in page],
        "page": page,
        "rate": _rate(found, done),
        "still": _stands_still(found),
    }
    return render(request, "catalog/desk/batch.html", context)


@require_safe
@for_staff("add_scan")
def table(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The whole report as CSV."""
    found = get_object_or_404(visible_batches(cast(User, request.user)), pk=pk)
    response = StreamingHttpResponse(_rows(found, request), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"batch-{pk}.csv") or "attachment"
    return response


@require_POST
@for_staff("add_scan")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a refused file again, into another record if one is named, or say that it is not wanted."""
    person = cast(User, request.user)
    file = get_object_or_404(refused_files(person).select_related("batch__record"), pk=pk)
    if "discard" in request.POST:
        discard_file(file=file)
        messages.success(
            request, _("%(name)s is marked as not wanted. Its bytes stay put aside.") % {"name": file.name}
        )
        return _back(request, file)
    code = request.POST.get("record", "").strip()[:100]
    record = visible_record(code, person) if code else None
    if code and record is None:
        messages.error(request, _("There is no record with the number %(detail)s. Enter it first.") % {"detail": code})
        return _back(request, file)
    try:
        made = retry_file(file=file, owner=person, record=record)
    except FileNotFoundError:
        messages.error(
            request, _("The bytes of %(name)s are not there any more. Have it sent again.") % {"name": file.name}
        )
        return _back(request, file)
    if made.outcome == IntakeFile.Outcome.REFUSED:
        messages.error(request, f"{file.name}: {refusal_in_words(made.reason, made.detail)}")
    else:
        messages.success(request, _("%(name)s was taken in.") % {"name": file.name})
    return _back(request, file)


def _seen_of(request: HttpRequest, files: Iterable[IntakeFile]) -> set[int]:
    """Of the images that these lines speak of, those that whoever asks may see."""
    told = {scan.pk for file in files for scan in file.scans.all()} | {file.like_id for file in files if file.like_id}
    return set(visible_scans(request.user).filter(pk__in=told).values_list("pk", flat=True))


def _line(file: IntakeFile, seen: set[int]) -> dict[str, Any]:
    shown = [scan for scan in file.scans.all() if scan.pk in seen]
    scans = sorted(shown, key=lambda scan: (scan.page.record_id, scan.page.number))
    return {
        "file": file,
        "reason": refusal_in_words(file.reason, file.detail),
        "warnings": [warning_in_words(code) for code in file.warnings],
        "scans": scans[:SHOWN],
        "like": file.like if file.like_id in seen else None,
        "more": len(scans[SHOWN:]),
        "open": file.outcome == IntakeFile.Outcome.REFUSED and not file.settled,
        "asks_record": file.batch.record_id is None,
    }


def _rows(found: IntakeBatch, request: HttpRequest) -> Iterator[str]:
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
    yield "\ufeff" + _csv(heading)
    lines = found.files.select_related("like__page__record").prefetch_related("scans__page__record").order_by("pk")
    for file in lines.iterator(chunk_size=500):
        seen = _seen_of(request, [file])
        scans = sorted((scan for scan in file.scans.all() if scan.pk in seen), key=lambda scan: scan.page.number)
        pages = " ".join(_address(request, scan.page) for scan in scans)
        like = _address(request, file.like.page) if file.like and file.like_id in seen else ""
        yield _csv(
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


def _address(request: HttpRequest, page: Any) -> str:
    return request.build_absolute_uri(reverse("page", args=[address_code(page.record), page.address]))


def _csv(values: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([spreadsheet_text(str(value)) for value in values])
    return out.getvalue()


def _rate(found: IntakeBatch, done: int) -> tuple[float, int] | None:
    """Files a second and seconds left; None while nobody can say."""
    if not found.under_way or not done:
        return None
    took = max(0.5, (timezone.now() - found.began_at).total_seconds())
    rate = done / took
    return rate, round((found.total - done) / rate)


def _stands_still(found: IntakeBatch) -> bool:
    """Whether a batch is said to be under way, and nothing has come of it for longer than any file may take."""
    if found.state != IntakeBatch.State.WORKING:
        return False
    last = found.files.order_by("-pk").values_list("at", flat=True).first() or found.began_at
    return (timezone.now() - last).total_seconds() > 2 * settings.DECODE_SECONDS + 60


def _page_of(request: HttpRequest, found: QuerySet[Any]) -> Any:
    return Paginator(found, EACH_PAGE).get_page(request.GET.get("page"))


def _back(request: HttpRequest, file: IntakeFile) -> HttpResponse:
    to = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    return redirect(to if safe else reverse("desk-batch", args=[file.batch_id]))
