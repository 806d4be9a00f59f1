"""Ordering the pages of a record, and the images of one page, current and earlier."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog.accounts.models import User
from catalog.changes.writing import StaleChange
from catalog.desk.access import for_staff
from catalog.images.actions import show_scan_again
from catalog.images.queries import scans_of_pages, visible_scans
from catalog.intake.models import IntakeFile
from catalog.intake.single_images import take_sent_page
from catalog.messages.intake import refusal_in_words, warning_in_words
from catalog.records.arranging import (
    ArrangedPage,
    OtherOrder,
    OtherPages,
    PageState,
    arrange_pages,
    current_arrangement,
    current_page_states,
)
from catalog.records.models import Page, Record
from catalog.records.queries import pages_of, visible_pages, visible_to

UNDO_KEY = "pages before"


class RowForm(forms.Form):
    """The row of one page."""

    number = forms.IntegerField(min_value=1, max_value=999_999, label=gettext_lazy("page"))
    label = forms.CharField(max_length=40, required=False, label=gettext_lazy("label"))
    sheet = forms.IntegerField(min_value=1, max_value=999_999, required=False, label=gettext_lazy("sheet (tờ số)"))
    side = forms.ChoiceField(choices=Page.Side.choices, required=False, label=gettext_lazy("side"))
    title_vi = forms.CharField(max_length=200, required=False, label=gettext_lazy("what it is (Vietnamese)"))
    title_en = forms.CharField(max_length=200, required=False, label=gettext_lazy("what it is (English)"))
    trashed = forms.BooleanField(required=False, label=gettext_lazy("to the trash"))
    revision = forms.IntegerField(min_value=1, max_value=2_000_000_000, widget=forms.HiddenInput)
    was = forms.IntegerField(min_value=1, max_value=2_000_000_000, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("change_page")
def pages(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of pages. By POST: their new order and what is written on them."""
    record = get_object_or_404(visible_to(request.user).select_related("repository"), pk=pk)
    pages = list(pages_of(record))
    rows = [(page, _row_form(page, request.POST if request.method == "POST" else None)) for page in pages]
    if request.method == "POST":
        if set(request.POST.getlist("page")) != {str(page.pk) for page in pages}:
            messages.error(
                request,
                _(
                    "Pages were added or removed while you worked, so nothing was changed. Look at the list again, "
                    "and save once more."
                ),
            )
        elif not [form for _page, form in rows if not form.is_valid()]:
            begun = {page.pk: PageState(form.cleaned_data["revision"], form.cleaned_data["was"]) for page, form in rows}
            return _arrange(request, record, _arranged_rows(rows, begun), begun)
    scans = scans_of_pages([page.pk for page in pages])
    context = {
        "record": record,
        "rows": [(page, form, scans.get(page.pk)) for page, form in rows],
        "may_undo": request.session.get(UNDO_KEY, {}).get("record") == record.pk,
    }
    has_errors = any(form.errors for _page, form in rows)
    return render(request, "catalog/desk/pages.html", context, status=400 if has_errors else 200)


@require_POST
@for_staff("change_page")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the pages back as they were before the user's last change of them."""
    record = get_object_or_404(visible_to(request.user), pk=pk)
    undo_state = request.session.pop(UNDO_KEY, {})
    if undo_state.get("record") != record.pk:
        messages.error(request, _("There is nothing to undo."))
        return redirect("desk-pages", pk)
    try:
        arrange_pages(
            actor=cast(User, request.user),
            record=record,
            arranged=[ArrangedPage(**arranged) for arranged in undo_state["pages"]],
            states_before={int(key): PageState(*state) for key, state in undo_state["after"].items()},
        )
    except OtherPages:
        messages.error(
            request, _("Pages were added since, so the old order cannot be brought back. Nothing was changed.")
        )
    except (OtherOrder, StaleChange):
        messages.error(
            request,
            _("A colleague changed these pages since, so the old state cannot be brought back. Nothing was changed."),
        )
    else:
        messages.success(request, _("The pages are in the order they were in before."))
    return redirect("desk-pages", pk)


class ImageForm(forms.Form):
    """Another image for a page."""

    file = forms.FileField(
        allow_empty_file=True, error_messages={"required": gettext_lazy("No file was chosen. Choose the image first.")}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("change_page")
def scans(request: HttpRequest, pk: int) -> HttpResponse:
    """The images of a page, current and earlier. By POST: a new image, or an earlier one becomes current again."""
    page = get_object_or_404(visible_pages(request.user).select_related("record"), pk=pk)
    form = ImageForm()
    scans = visible_scans(request.user).filter(page=page)
    if "again" in request.POST:
        scan = get_object_or_404(scans, public_id=request.POST["again"][:60])
        show_scan_again(scan=scan, actor=cast(User, request.user))
        messages.success(request, _("The earlier image is shown again."))
        return redirect("desk-page-scans", pk)
    if request.method == "POST":
        form = ImageForm(request.POST, request.FILES)
        if form.is_valid():
            file = take_sent_page(page=page, sent=form.cleaned_data["file"], owner=cast(User, request.user))
            if file.outcome == IntakeFile.Outcome.REFUSED:
                form.add_error("file", f"{file.name}: {refusal_in_words(file.reason, file.detail)}")
            else:
                messages.success(
                    request, _("The new image is shown. The earlier one stays in the history of the page.")
                )
                for code in file.warnings:
                    messages.info(request, warning_in_words(code))
                return redirect("desk-page-scans", pk)
    context = {"page": page, "record": page.record, "form": form, "scans": scans.order_by("-current", "-added_at")}
    return render(request, "catalog/desk/page_scans.html", context, status=400 if form.errors else 200)


def _row_form(page: Page, data: Any) -> RowForm:
    initial = {
        "number": page.number,
        "label": page.label,
        "sheet": page.sheet,
        "side": page.side,
        "title_vi": page.title_vi,
        "title_en": page.title_en,
        "revision": page.revision,
        "was": page.number,
    }
    return RowForm(data, initial=initial, prefix=str(page.pk))


def _arranged_rows(rows: Sequence[tuple[Page, RowForm]], begun: Mapping[int, PageState]) -> list[ArrangedPage]:
    """The pages sorted by the typed numbers. If a number was changed to one that another page has, the changed page
    goes before that page when it moves up and after it when it moves down: "put page 10 at 3"."""

    def sort_key(row: tuple[Page, RowForm]) -> tuple[int, int, int]:
        page, form = row
        number, old_number = form.cleaned_data["number"], begun[page.pk].number
        return number, (number > old_number) - (number < old_number), old_number

    return [
        ArrangedPage(
            page.pk,
            form.cleaned_data["label"],
            form.cleaned_data["sheet"],
            form.cleaned_data["side"],
            form.cleaned_data["title_vi"],
            form.cleaned_data["title_en"],
            form.cleaned_data["trashed"],
        )
        for page, form in sorted(rows, key=sort_key)
    ]


def _arrange(
    request: HttpRequest, record: Record, arranged: list[ArrangedPage], begun: Mapping[int, PageState]
) -> HttpResponse:
    before = current_arrangement(record)
    try:
        changed = arrange_pages(actor=cast(User, request.user), record=record, arranged=arranged, states_before=begun)
    except OtherPages:
        messages.error(
            request, _("Pages were added or removed while you worked, so nothing was changed. Look at the list again.")
        )
        return redirect("desk-pages", record.pk)
    except OtherOrder:
        messages.error(
            request,
            _(
                "A colleague put the pages in another order while you worked, so nothing was changed. Look at the "
                "list again."
            ),
        )
        return redirect("desk-pages", record.pk)
    except StaleChange as error:
        return _clash_page(request, record, error)
    if changed:
        after = {str(key): [state.revision, state.number] for key, state in current_page_states(record).items()}
        request.session[UNDO_KEY] = {
            "record": record.pk,
            "pages": [asdict(replace(state, trashed=False)) for state in before],
            "after": after,
        }
        messages.success(request, ngettext("%d page was changed.", "%d pages were changed.", changed) % changed)
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("desk-pages", record.pk)


def _clash_page(request: HttpRequest, record: Record, error: StaleChange) -> HttpResponse:
    """The form as typed, with what a colleague wrote in the meantime. If it is saved again, the typed values win."""
    pages = list(pages_of(record))
    # The form now begins from the colleague's revision: the user has seen it, so the next save may overwrite it.
    data = request.POST.copy()
    for page in pages:
        if page.pk == error.row.pk:
            data[f"{page.pk}-revision"], data[f"{page.pk}-was"] = str(page.revision), str(page.number)
    rows = [(page, _row_form(page, data)) for page in pages]
    for page, form in rows:
        form.is_valid()
        for clash in error.clashes if page.pk == error.row.pk else ():
            if clash.field in form.fields:
                form.add_error(
                    clash.field,
                    _(
                        "A colleague wrote “%(theirs)s” here meanwhile. Save again to keep what you typed, or write "
                        "theirs."
                    )
                    % {"theirs": clash.current if clash.current is not None else ""},
                )
    scans = scans_of_pages([page.pk for page in pages])
    context = {"record": record, "rows": [(page, form, scans.get(page.pk)) for page, form in rows], "may_undo": False}
    return render(request, "catalog/desk/pages.html", context, status=409)
