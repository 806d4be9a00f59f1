"""Transcribing and translating a page beside its image; versions and their differences."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.images.queries import current_scan
from catalog.intake.text_files import attach_texts
from catalog.messages.texts import text_refusal_in_words, text_warning_in_words
from catalog.records.models import Page
from catalog.records.queries import address_code, pages_of, uncovered_pages, visible_pages
from catalog.texts.building import MOST_BYTES, UnreadableText
from catalog.texts.models import PageText, PageTranslation, TextVersion
from catalog.texts.packing import carry_boxes, line_boxes
from catalog.texts.queries import (
    current_version,
    differences,
    draft_of,
    newer_version,
    translations_of,
    version_of,
    versions_of,
)
from catalog.texts.versions import (
    NotFinished,
    OtherText,
    OwnWork,
    check_text,
    drop_draft,
    finish_transcription,
    finish_translation,
    publish_translation,
    save_draft,
    show_version,
)

LANGUAGES = {"vi": _lazy("Vietnamese"), "en": _lazy("English"), "fr": _lazy("French"), "zh": _lazy("Chinese")}


def _page(request: HttpRequest, pk: int) -> Page:
    """The page, if the user may read all of it. Who may not see under its covers may not rewrite its text. Raises
    PermissionDenied."""
    page = get_object_or_404(visible_pages(request.user).select_related("record__repository"), pk=pk)
    if not uncovered_pages(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return page


def _target_language(request: HttpRequest) -> str:
    """The language of the translation (`into`); '' for the transcription."""
    language = request.POST.get("into", request.GET.get("into", ""))
    return language if language in LANGUAGES else ""


def _redirect_to_text(page: Page, into: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("desk-text", args=[page.pk]) + (f"?into={into}" if into else ""))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("view_pagetext")
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """The page's image, its text line by line, its translation. By POST: one operation (`do`) on the text."""
    page, into = _page(request, pk), _target_language(request)
    person = cast(User, request.user)
    if request.method == "POST":
        if not person.has_perm("catalog.change_pagetext"):
            raise PermissionDenied
        return _change_text(request, page, person, into)
    return render(request, "catalog/desk/texts/text.html", _context(page, person, into))


def _context(page: Page, person: User, into: str) -> dict[str, object]:
    scan = current_scan(page)
    current_text = current_version(page)
    draft = draft_of(page, person, into)
    versions = list(translations_of(page, into) if into else versions_of(page))
    current: TextVersion | None = next((version for version in versions if version.current), None)
    pages = list(pages_of(page.record).values_list("pk", flat=True))
    index = pages.index(page.pk)
    typed = draft.text if draft else current.text if current else ""
    meanwhile = newer_version(draft, current, person)
    return {
        "page": page,
        "code": address_code(page.record),
        "scan": scan,
        "shown": current_text,
        "into": into,
        "into_name": LANGUAGES.get(into, ""),
        "languages": [
            (code, name) for code, name in LANGUAGES.items() if not current_text or code != current_text.language
        ],
        "draft": draft,
        "base": current.pk if current else 0,
        "meanwhile": meanwhile,
        "meanwhile_changes": differences(draft.text, meanwhile.text) if draft and meanwhile else [],
        "current": current,
        "typed": typed,
        "lines": line_boxes(current_text.text, current_text.boxes)
        if into and current_text
        else line_boxes_of(page, typed),
        "versions": versions,
        "may_write": person.has_perm("catalog.change_pagetext"),
        "may_publish": person.has_perm("catalog.publish_record"),
        "may_check": bool(current and current.state == "finished" and current.made_by_id != person.pk),
        "own_work": bool(current and current.state == "finished" and current.made_by_id == person.pk),
        "previous_pk": pages[index - 1] if index else None,
        "next_pk": pages[index + 1] if index + 1 < len(pages) else None,
        "number_of_pages": len(pages),
        "language": into
        or (current_text.language if current_text else (page.record.languages or "vi").split(",")[0].strip()),
        "open_proposals": page.mention_proposals.filter(state="proposed").count(),
    }


def line_boxes_of(page: Page, typed: str) -> list[tuple[int, int, int, int] | None]:
    """The box of each typed line on the image, taken from the boxes of the current text; None where there is none."""
    current_text = current_version(page)
    return line_boxes(typed, carry_boxes(current_text.text, current_text.boxes, typed)) if current_text else []


def _change_text(request: HttpRequest, page: Page, person: User, into: str) -> HttpResponse:
    typed = request.POST.get("text", "")
    match request.POST.get("do", ""):
        case "save":
            revision = request.POST.get("revision", "0")
            saved = save_draft(
                page=page,
                person=person,
                text=typed,
                revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
                language=into,
                base=_base_version(request),
            )
            if saved.crossed:
                messages.warning(
                    request, _("Another window saved meanwhile. Both texts are kept: see below the field.")
                )
            else:
                messages.success(request, _("Saved as your draft. Nobody else sees it until it is finished."))
        case "finish":
            try:
                if into:
                    finish_translation(page=page, person=person, text=typed, language=into, base=_base_version(request))
                else:
                    current_text = current_version(page)
                    language = current_text.language if current_text else "vi"
                    finish_transcription(
                        page=page, person=person, text=typed, language=language, base=_base_version(request)
                    )
            except OtherText:
                # The page shows both texts; what was typed is now the draft.
                return render(request, "catalog/desk/texts/text.html", _context(page, person, into), status=409)
            messages.success(request, _("Finished. A second person can now check it."))
        case "discard":
            drop_draft(page=page, person=person, language=into)
            messages.success(request, _("Your draft is gone; the text shown stays as it was."))
        case "check":
            _check(request, _version_by_key(request, page, into), person)
        case "show":
            show_version(version=_version_by_key(request, page, into))
            messages.success(request, _("This version is the one shown again. The others stay in the list."))
        case "publish" | "hide" as operation:
            if not person.has_perm("catalog.publish_record"):
                raise PermissionDenied
            version = _version_by_key(request, page, into)
            if not isinstance(version, PageTranslation):
                raise Http404
            publish_translation(version=version, published=operation == "publish")
            messages.success(
                request,
                _("The translation is shown to the public.")
                if operation == "publish"
                else _("Hidden from the public."),
            )
        case "import":
            _import(request, page, person)
        case _:
            raise Http404
    return _redirect_to_text(page, into)


def _base_version(request: HttpRequest) -> int | None:
    """The primary key of the version that the form began from; None if it is not given."""
    key = request.POST.get("base", "")
    return int(key) if key.isascii() and key.isdecimal() and len(key) < 18 else None


def _version_by_key(request: HttpRequest, page: Page, into: str) -> PageText | PageTranslation:
    pk = request.POST.get("version", "")
    if not pk.isdecimal() or len(pk) > 18:
        raise Http404
    version = version_of(page, int(pk), into)
    if version is None:
        raise Http404
    return version


def _check(request: HttpRequest, version: PageText | PageTranslation, person: User) -> None:
    try:
        check_text(version=version, person=person)
        messages.success(request, _("Checked. Your name is shown beside the writer's."))
    except OwnWork:
        messages.error(request, _("Nobody checks what they wrote themselves. Ask a colleague to look at it."))
    except NotFinished:
        messages.error(request, _("Only a finished version that is the one shown can be checked. Nothing was changed."))


def _import(request: HttpRequest, page: Page, person: User) -> None:
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose a file first: ALTO, hOCR, PAGE XML or plain text."))
        return
    try:
        attached = attach_texts(pages=[page], data=file.read(MOST_BYTES + 1), name=file.name or "", by=person)
    except UnreadableText as error:
        messages.error(request, f"{file.name}: {text_refusal_in_words(error.code, error.detail)}")
        return
    if attached.existing:
        messages.info(request, _("This file was imported before; nothing was changed."))
    for version in attached.texts:
        messages.success(request, _("Imported: %(words)s words.") % {"words": version.words})
    for code in attached.warnings:
        messages.warning(request, text_warning_in_words(code))


@require_POST
@for_staff("change_pagetext")
def draft(request: HttpRequest, pk: int) -> JsonResponse:
    """Save the draft. Answers with its revision, and the box of each line on the image."""
    page, into = _page(request, pk), _target_language(request)
    revision = request.POST.get("revision", "0")
    typed = request.POST.get("text", "")
    saved = save_draft(
        page=page,
        person=cast(User, request.user),
        text=typed,
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
        language=into,
        base=_base_version(request),
    )
    body: dict[str, object] = {"revision": saved.revision, "crossed": saved.crossed}
    if not into:
        body["lines"] = line_boxes_of(page, typed.replace("\r\n", "\n"))
    return JsonResponse(body, status=409 if saved.crossed else 200)


@require_GET
@for_staff("view_pagetext")
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """The differences between two versions, `?from=` and `?to=`; by default the last two."""
    page, into = _page(request, pk), _target_language(request)
    versions = list(translations_of(page, into) if into else versions_of(page))
    by_key = {str(version.pk): version for version in versions}
    after = by_key.get(request.GET.get("to", ""), versions[0] if versions else None)
    before = by_key.get(request.GET.get("from", ""), versions[1] if len(versions) > 1 else None)
    context = {
        "page": page,
        "code": address_code(page.record),
        "into": into,
        "versions": versions,
        "before": before,
        "after": after,
        "changes": differences(before.text, after.text) if before and after else [],
    }
    return render(request, "catalog/desk/texts/versions.html", context)
