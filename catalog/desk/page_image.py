"""The staff page about a page's image: how it is shown, and which parts are covered."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.images.models import Scan
from catalog.images.queries import instructions_of, scans_of_pages
from catalog.images.renditions.actions import (
    BadInstructions,
    checked_instructions,
    cover_part,
    set_instructions,
    uncover_part,
)
from catalog.images.renditions.preview import preview, propose_skew
from catalog.images.serving.slots import Busy
from catalog.records.models import Page
from catalog.records.queries import address_code, covers_of, may_see_staff_notes, visible_mentions, visible_pages
from catalog.rules.geometry import Instructions
from catalog.rules.text import whole_number

SIDES = ("x", "y", "w", "h")


class CoverForm(forms.Form):
    """A rectangle in pixels of the image as shown, and the reason for covering it."""

    x = forms.IntegerField(label=gettext_lazy("From the left"), min_value=0)
    y = forms.IntegerField(label=gettext_lazy("From the top"), min_value=0)
    w = forms.IntegerField(label=gettext_lazy("Width"), min_value=1)
    h = forms.IntegerField(label=gettext_lazy("Height"), min_value=1)
    reason_vi = forms.CharField(label=gettext_lazy("Reason (Vietnamese)"), max_length=300, required=False)
    reason_en = forms.CharField(label=gettext_lazy("Reason (English)"), max_length=300, required=False)


class ShowForm(forms.Form):
    """How the image is shown. A crop has all four numbers or none."""

    turn = forms.TypedChoiceField(
        label=gettext_lazy("Turned clockwise by"),
        coerce=int,
        choices=[(0, "0°"), (90, "90°"), (180, "180°"), (270, "270°")],
    )
    skew = forms.FloatField(
        label=gettext_lazy("Straightened clockwise by (degrees)"),
        min_value=-45,
        max_value=45,
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.1"}),
    )
    crop_x = forms.IntegerField(label=gettext_lazy("From the left"), min_value=0, required=False)
    crop_y = forms.IntegerField(label=gettext_lazy("From the top"), min_value=0, required=False)
    crop_w = forms.IntegerField(label=gettext_lazy("Width"), min_value=1, required=False)
    crop_h = forms.IntegerField(label=gettext_lazy("Height"), min_value=1, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse an incomplete rectangle."""
        data = super().clean() or {}
        numbers = [data.get(f"crop_{side}") for side in SIDES]
        if any(number is not None for number in numbers) and None in numbers and not self.errors:
            raise forms.ValidationError(_("Give all four numbers of the part to show, or none to show all of it."))
        data["crop"] = None if None in numbers else tuple(cast(list[int], numbers))
        data["skew"] = data.get("skew") or 0.0
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("change_page")
def page_image(request: HttpRequest, pk: int) -> HttpResponse:
    """The image with its covers, and a preview of it; by POST one operation (`do`) on them."""
    page, scan = _page_and_scan(request, pk)
    operations = {
        "cover": _cover_part,
        "uncover": _uncover_part,
        "show": _save_instructions,
        "preview": _redirect_to_preview,
        "propose": _redirect_to_preview,
    }
    operation = operations.get(request.POST.get("do", "")) if request.method == "POST" else None
    context: dict[str, Any] = {}
    if operation is not None:
        result = operation(request, page, scan)
        if isinstance(result, HttpResponse):
            return result
        context = result
    return render(request, "catalog/desk/page_image.html", _context(request, page, scan) | context)


@require_safe
@for_staff("change_page")
def page_image_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The image as it would be shown with the parameters of the form, without a crop."""
    _page, scan = _page_and_scan(request, pk)
    form = ShowForm(request.GET)
    if not may_see_staff_notes(request.user) or not form.is_valid():
        raise Http404
    try:
        instructions = Instructions(form.cleaned_data["turn"], round(form.cleaned_data["skew"], 2))
        return HttpResponse(preview(scan=scan, orders=instructions), content_type="image/jpeg")
    except (OSError, Busy):
        return HttpResponse(_("The original cannot be read at the moment."), status=503, content_type="text/plain")


def _page_and_scan(request: HttpRequest, pk: int) -> tuple[Page, Scan]:
    page = get_object_or_404(visible_pages(request.user).select_related("record__repository"), pk=pk)
    scan = scans_of_pages([page.pk], request.user).get(page.pk)
    if scan is None:
        raise Http404
    return page, scan


def _context(request: HttpRequest, page: Page, scan: Scan) -> dict[str, Any]:
    instructions = instructions_of(scan)
    initial: dict[str, Any] = {"turn": instructions.turn, "skew": instructions.skew}
    initial |= {f"crop_{side}": number for side, number in zip(SIDES, instructions.crop or [None] * 4, strict=True)}
    form, previewed = ShowForm(initial=initial), instructions
    if "turn" in request.GET:
        form = ShowForm(request.GET)
        if form.is_valid():
            data = form.cleaned_data
            if "propose" in request.GET:
                data = data | {"skew": _proposed_skew(request, scan, data["turn"])}
                form = ShowForm(initial=data)
            previewed = Instructions(data["turn"], round(data["skew"], 2), data["crop"])
    return _preview_context(previewed, scan) | {
        "page": page,
        "scan": scan,
        "code": address_code(page.record),
        "covers": covers_of(page.pk),
        "cover_form": CoverForm(),
        "show_form": form,
        "mentions_without_box": list(
            visible_mentions(request.user).filter(page=page, box_x=None).order_by("position", "pk")[:20]
        ),
        "sees_under_covers": may_see_staff_notes(request.user),
    }


def _preview_context(instructions: Instructions, scan: Scan) -> dict[str, Any]:
    """What the preview shows, and its size without a crop."""
    size = Instructions(instructions.turn, instructions.skew).transform((scan.full_width, scan.full_height))[1]
    return {"previewed": instructions, "previewed_width": size[0], "previewed_height": size[1]}


def _proposed_skew(request: HttpRequest, scan: Scan, turn: int) -> float:
    try:
        skew = propose_skew(scan=scan, turn=turn)
    except (OSError, Busy):
        messages.error(request, _("The original cannot be read at the moment."))
        return 0.0
    if not skew:
        messages.info(request, _("The lines of this page are level already, or none were found."))
    else:
        messages.info(request, _("Proposed: %(skew)s degrees. Nothing is saved yet.") % {"skew": skew})
    return skew


def _cover_part(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    form = CoverForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        box = data["x"], data["y"], data["w"], data["h"]
        try:
            cover_part(
                page=page,
                box=box,
                reason_vi=data["reason_vi"],
                reason_en=data["reason_en"],
                actor=_current_user(request),
            )
        except (BadInstructions, OSError, Busy) as error:
            form.add_error(None, refusal(error))
        else:
            messages.success(
                request, _("Covered. The public image has a new address; words and names under the part are withheld.")
            )
            return _redirect_to_page_image(page)
    return {"cover_form": form}


def _uncover_part(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    if not may_see_staff_notes(request.user):
        # Who may not see under covers cannot judge what the public would see without one.
        raise PermissionDenied
    pk = whole_number(request.POST.get("cover", "")) or 0
    cover = next((cover for cover in covers_of(page.pk) if cover.pk == pk), None)
    if cover is None:
        messages.info(request, _("This part is no longer covered."))
        return _redirect_to_page_image(page)
    try:
        uncover_part(cover=cover, actor=_current_user(request))
    except (BadInstructions, OSError, Busy) as error:
        messages.error(request, refusal(error))
    else:
        messages.success(request, _("The public sees this part again."))
    return _redirect_to_page_image(page)


def _redirect_to_preview(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    """A redirect to the preview with the values of the form; nothing is saved."""
    form = ShowForm(request.POST)
    if not form.is_valid():
        return {"show_form": form}
    query = {name: request.POST.get(name, "") for name in form.fields}
    if request.POST["do"] == "propose":
        query["propose"] = "1"
    return HttpResponseRedirect(f"{reverse('desk-page-image', args=[page.pk])}?{urlencode(query)}#shown")


def _save_instructions(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    form = ShowForm(request.POST)
    if not form.is_valid():
        return {"show_form": form}
    data = form.cleaned_data
    try:
        checked_instructions(scan=scan, turn=data["turn"], skew=data["skew"], crop=data["crop"])
        set_instructions(
            scan=scan, turn=data["turn"], skew=data["skew"], crop=data["crop"], actor=_current_user(request)
        )
    except (BadInstructions, OSError, Busy) as error:
        form.add_error(None, refusal(error))
        return {"show_form": form} | _preview_context(Instructions(data["turn"], data["skew"], data["crop"]), scan)
    messages.success(
        request, _("Saved. The original stays as it is; words, names and covered parts went with the picture.")
    )
    return _redirect_to_page_image(page)


def refusal(error: Exception) -> str:
    """A sentence on why the operation was refused, and what to do."""
    if isinstance(error, Busy):
        return _("Too many images are being drawn at this moment. Nothing was changed; try again in a few seconds.")
    if not isinstance(error, BadInstructions):
        return _("The original of this image cannot be read at the moment. Nothing was changed.")
    reasons = {
        "turn": _("An image can be turned by 0, 90, 180 or 270 degrees."),
        "skew": _("An image can be straightened by at most 45 degrees."),
        "crop_outside": _("The part to show lies outside the image. Draw it on the image, or leave its numbers empty."),
        "crop_small": _("The part to show is smaller than 16 pixels. Draw a larger one."),
        "names_outside": _(
            "These names would lie outside the part to show: %(names)s. Make it larger, so that their place is not "
            "lost."
        ),
        "cover_outside": _("The part to cover lies outside the image. Draw it on the image."),
        "no_image": _("This page has no image."),
    }
    return reasons[error.code] % {"names": error.detail}


def _current_user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _redirect_to_page_image(page: Page) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk-page-image", args=[page.pk]))
