"""Transcribing and translating beside the image; versions and what differs between them."""

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
    """The page, if whoever asks may read all of it: nobody writes anew what is covered from them."""
    page = get_object_or_404(visible_pages(request.user).select_related("record__repository"), pk=pk)
    if not uncovered_pages(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return page


def _into(request: HttpRequest) -> str:
    """The language translated into, '' for the transcription."""
    asked = request.POST.get("into", request.GET.get("into", ""))
    return asked if asked in LANGUAGES else ""


def _back(page: Page, into: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("desk-text", args=[page.pk]) + (f"?into={into}" if into else ""))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("view_pagetext")
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """The page's image, its text line by line, its translation; and every deed on them."""
    page, into = _page(request, pk), _into(request)
    person = cast(User, request.user)
    if request.method == "POST":
        if not person.has_perm("catalog.change_pagetext"):
            raise PermissionDenied
        return _do(request, page, person, into)
    return render(request, "catalog/desk/texts/text.html", _context(page, person, into))


def _context(page: Page, person: User, into: str) -> dict[str, object]:
    scan = current_scan(page)
    shown = current_version(page)
    draft = draft_of(page, person, into)
    versions = list(translations_of(page, into) if into else versions_of(page))
    current: TextVersion | None = next((one for one in versions if one.current), None)
    pages = list(pages_of(page.record).values_list("pk", flat=True))
    at = pages.index(page.pk)
    typed = draft.text if draft else current.text if current else ""
    meanwhile = newer_version(draft, current, person)
    return {
        "page": page,
        "code": address_code(page.record),
        "scan": scan,
        "shown": shown,
        "into": into,
        "into_name": LANGUAGES.get(into, ""),
        "languages": [(code, name) for code, name in LANGUAGES.items() if not shown or code != shown.language],
        "draft": draft,
        "base": current.pk if current else 0,
        "meanwhile": meanwhile,
        "meanwhile_changes": differences(draft.text, meanwhile.text) if draft and meanwhile else [],
        "current": current,
        "typed": typed,
        "lines": line_boxes(shown.text, shown.boxes) if into and shown else lines_for(page, typed),
        "versions": versions,
        "may_write": person.has_perm("catalog.change_pagetext"),
        "may_publish": person.has_perm("catalog.publish_record"),
        "may_check": bool(current and current.state == "finished" and current.made_by_id != person.pk),
        "own_work": bool(current and current.state == "finished" and current.made_by_id == person.pk),
        "previous_pk": pages[at - 1] if at else None,
        "next_pk": pages[at + 1] if at + 1 < len(pages) else None,
        "number_of_pages": len(pages),
        "language": into or (shown.language if shown else (page.record.languages or "vi").split(",")[0].strip()),
        "open_proposals": page.mention_proposals.filter(state="proposed").count(),
    }


def lines_for(page: Page, typed: str) -> list[tuple[int, int, int, int] | None]:
    """Where each typed line stands on the image, as far as the text shown has boxes."""
    shown = current_version(page)
    return line_boxes(typed, carry_boxes(shown.text, shown.boxes, typed)) if shown else []


def _do(request: HttpRequest, page: Page, person: User, into: str) -> HttpResponse:
    typed = request.POST.get("text", "")
    match request.POST.get("do", ""):
        case "save":
            known = request.POST.get("revision", "0")
            saved = save_draft(
                page=page,
                person=person,
                text=typed,
                revision=int(known) if known.isdecimal() and len(known) < 10 else 0,
                language=into,
                base=_base(request),
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
                    finish_translation(page=page, person=person, text=typed, language=into, base=_base(request))
                else:
                    shown = current_version(page)
                    language = shown.language if shown else "vi"
                    finish_transcription(page=page, person=person, text=typed, language=language, base=_base(request))
            except OtherText:
                # Both texts are shown; what was typed is the draft.
                return render(request, "catalog/desk/texts/text.html", _context(page, person, into), status=409)
            messages.success(request, _("Finished. A second person can now check it."))
        case "discard":
            drop_draft(page=page, person=person, language=into)
            messages.success(request, _("Your draft is gone; the text shown stays as it was."))
        case "check":
            _check(request, _version(request, page, into), person)
        case "show":
            show_version(version=_version(request, page, into))
            messages.success(request, _("This version is the one shown again. The others stay in the list."))
        case "publish" | "hide" as what:
            if not person.has_perm("catalog.publish_record"):
                raise PermissionDenied
            version = _version(request, page, into)
            if not isinstance(version, PageTranslation):
                raise Http404
            publish_translation(version=version, published=what == "publish")
            messages.success(
                request,
                _("The translation is shown to the public.") if what == "publish" else _("Taken from the public."),
            )
        case "import":
            _import(request, page, person)
        case _:
            raise Http404
    return _back(page, into)


def _base(request: HttpRequest) -> int | None:
    """The version that the form began from; None where it does not say."""
    given = request.POST.get("base", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 18 else None


def _version(request: HttpRequest, page: Page, into: str) -> PageText | PageTranslation:
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
        messages.success(request, _("Checked. Your name stands beside the writer's."))
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
    """Keep what was typed so far. Answers with the number of savings, and where each line stands on the image."""
    page, into = _page(request, pk), _into(request)
    known = request.POST.get("revision", "0")
    typed = request.POST.get("text", "")
    saved = save_draft(
        page=page,
        person=cast(User, request.user),
        text=typed,
        revision=int(known) if known.isdecimal() and len(known) < 10 else 0,
        language=into,
        base=_base(request),
    )
    answer: dict[str, object] = {"revision": saved.revision, "crossed": saved.crossed}
    if not into:
        answer["lines"] = lines_for(page, typed.replace("\r\n", "\n"))
    return JsonResponse(answer, status=409 if saved.crossed else 200)


@require_GET
@for_staff("view_pagetext")
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """What differs between two versions: `?from=` and `?to=`, else the last two."""
    page, into = _page(request, pk), _into(request)
    kept = list(translations_of(page, into) if into else versions_of(page))
    by_key = {str(one.pk): one for one in kept}
    after = by_key.get(request.GET.get("to", ""), kept[0] if kept else None)
    before = by_key.get(request.GET.get("from", ""), kept[1] if len(kept) > 1 else None)
    context = {
        "page": page,
        "code": address_code(page.record),
        "into": into,
        "versions": kept,
        "before": before,
        "after": after,
        "changes": differences(before.text, after.text) if before and after else [],
    }
    return render(request, "catalog/desk/texts/versions.html", context)
