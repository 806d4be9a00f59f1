"""The pages of a record in order, by number, by key or by hand; and the images of one page, old and new."""

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

UNDO = "pages before"


class RowForm(forms.Form):
    """One page's line."""

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
    """The list, and by POST its new order."""
    record = get_object_or_404(visible_to(request.user).select_related("repository"), pk=pk)
    shown = list(pages_of(record))
    rows = [(page, _row(page, request.POST if request.method == "POST" else None)) for page in shown]
    if request.method == "POST":
        if set(request.POST.getlist("page")) != {str(page.pk) for page in shown}:
            messages.error(
                request,
                _(
                    "Pages were added or removed while you worked, so nothing was changed. Look at the list again, "
                    "and save once more."
                ),
            )
        elif not [form for _page, form in rows if not form.is_valid()]:
            began = {page.pk: PageState(form.cleaned_data["revision"], form.cleaned_data["was"]) for page, form in rows}
            return _save(request, record, _in_order(rows, began), began)
    scans = scans_of_pages([page.pk for page in shown])
    context = {
        "record": record,
        "rows": [(page, form, scans.get(page.pk)) for page, form in rows],
        "may_undo": request.session.get(UNDO, {}).get("record") == record.pk,
    }
    wrong = any(form.errors for _page, form in rows)
    return render(request, "catalog/desk/pages.html", context, status=400 if wrong else 200)


@require_POST
@for_staff("change_page")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the pages back as they were before one's last change of them."""
    record = get_object_or_404(visible_to(request.user), pk=pk)
    before = request.session.pop(UNDO, {})
    if before.get("record") != record.pk:
        messages.error(request, _("There is nothing to undo."))
        return redirect("desk-pages", pk)
    try:
        arrange_pages(
            actor=cast(User, request.user),
            record=record,
            arranged=[ArrangedPage(**one) for one in before["pages"]],
            states_before={int(key): PageState(*stood) for key, stood in before["after"].items()},
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
        messages.success(request, _("The pages stand as they stood before."))
    return redirect("desk-pages", pk)


class ImageForm(forms.Form):
    """Another image for a page."""

    file = forms.FileField(
        allow_empty_file=True, error_messages={"required": gettext_lazy("No file was chosen. Choose the image first.")}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("change_page")
def scans(request: HttpRequest, pk: int) -> HttpResponse:
    """The images of a page: the one shown, those before it, and by POST another, or an earlier one again."""
    page = get_object_or_404(visible_pages(request.user).select_related("record"), pk=pk)
    form = ImageForm()
    shown = visible_scans(request.user).filter(page=page)
    if "again" in request.POST:
        scan = get_object_or_404(shown, public_id=request.POST["again"][:60])
        show_scan_again(scan=scan, actor=cast(User, request.user))
        messages.success(request, _("The earlier image is shown again."))
        return redirect("desk-page-scans", pk)
    if request.method == "POST":
        form = ImageForm(request.POST, request.FILES)
        if form.is_valid():
            made = take_sent_page(page=page, sent=form.cleaned_data["file"], owner=cast(User, request.user))
            if made.outcome == IntakeFile.Outcome.REFUSED:
                form.add_error("file", f"{made.name}: {refusal_in_words(made.reason, made.detail)}")
            else:
                messages.success(
                    request, _("The new image is shown. The earlier one stays in the history of the page.")
                )
                for code in made.warnings:
                    messages.info(request, warning_in_words(code))
                return redirect("desk-page-scans", pk)
    context = {"page": page, "record": page.record, "form": form, "scans": shown.order_by("-current", "-added_at")}
    return render(request, "catalog/desk/page_scans.html", context, status=400 if form.errors else 200)


def _row(page: Page, data: Any) -> RowForm:
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


def _in_order(rows: Sequence[tuple[Page, RowForm]], began: Mapping[int, PageState]) -> list[ArrangedPage]:
    """By the numbers as typed. A page whose number was changed to one that another has goes before it when it moves up,
    behind it when it moves down, as someone means who types "put 10 at 3"."""

    def place(row: tuple[Page, RowForm]) -> tuple[int, int, int]:
        page, form = row
        number, was = form.cleaned_data["number"], began[page.pk].number
        return number, (number > was) - (number < was), was

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
        for page, form in sorted(rows, key=place)
    ]


def _save(
    request: HttpRequest, record: Record, arranged: list[ArrangedPage], began: Mapping[int, PageState]
) -> HttpResponse:
    before = current_arrangement(record)
    try:
        changed = arrange_pages(actor=cast(User, request.user), record=record, arranged=arranged, states_before=began)
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
        return _clashed(request, record, error)
    if changed:
        after = {str(key): [one.revision, one.number] for key, one in current_page_states(record).items()}
        request.session[UNDO] = {
            "record": record.pk,
            "pages": [asdict(replace(one, trashed=False)) for one in before],
            "after": after,
        }
        messages.success(request, ngettext("%d page was changed.", "%d pages were changed.", changed) % changed)
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("desk-pages", record.pk)


def _clashed(request: HttpRequest, record: Record, error: StaleChange) -> HttpResponse:
    """The form as it was typed, with what a colleague wrote meanwhile beside it. Saved again, what is typed holds."""
    shown = list(pages_of(record))
    # What a person sends again has been decided with the colleague's words in sight.
    data = request.POST.copy()
    for page in shown:
        if page.pk == error.row.pk:
            data[f"{page.pk}-revision"], data[f"{page.pk}-was"] = str(page.revision), str(page.number)
    rows = [(page, _row(page, data)) for page in shown]
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
    scans = scans_of_pages([page.pk for page in shown])
    context = {"record": record, "rows": [(page, form, scans.get(page.pk)) for page, form in rows], "may_undo": False}
    return render(request, "catalog/desk/pages.html", context, status=409)
