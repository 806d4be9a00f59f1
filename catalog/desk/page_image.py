"""How a page's image is shown, and what of it the public does not see: a staff page with the image in view."""

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
    """A rectangle in pixels of the image as shown, and why it is covered."""

    x = forms.IntegerField(label=gettext_lazy("From the left"), min_value=0)
    y = forms.IntegerField(label=gettext_lazy("From the top"), min_value=0)
    w = forms.IntegerField(label=gettext_lazy("Width"), min_value=1)
    h = forms.IntegerField(label=gettext_lazy("Height"), min_value=1)
    reason_vi = forms.CharField(label=gettext_lazy("Reason (Vietnamese)"), max_length=300, required=False)
    reason_en = forms.CharField(label=gettext_lazy("Reason (English)"), max_length=300, required=False)


class ShowForm(forms.Form):
    """How the image is shown; a crop is all four numbers or none."""

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
        """Refuse half a rectangle."""
        given = super().clean() or {}
        numbers = [given.get(f"crop_{side}") for side in SIDES]
        if any(number is not None for number in numbers) and None in numbers and not self.errors:
            raise forms.ValidationError(_("Give all four numbers of the part to show, or none to show all of it."))
        given["crop"] = None if None in numbers else tuple(cast(list[int], numbers))
        given["skew"] = given.get("skew") or 0.0
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("change_page")
def page_image(request: HttpRequest, pk: int) -> HttpResponse:
    """The image with its covers, and the image as it would be shown; whatever is asked to be done with them."""
    page, scan = _found(request, pk)
    acts = {"cover": _cover, "uncover": _uncover, "show": _show, "preview": _try, "propose": _try}
    act = acts.get(request.POST.get("do", "")) if request.method == "POST" else None
    context: dict[str, Any] = {}
    if act is not None:
        answer = act(request, page, scan)
        if isinstance(answer, HttpResponse):
            return answer
        context = answer
    return render(request, "catalog/desk/page_image.html", _context(request, page, scan) | context)


@require_safe
@for_staff("change_page")
def page_image_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The image as it would be shown by what is asked, without a crop."""
    _page, scan = _found(request, pk)
    form = ShowForm(request.GET)
    if not may_see_staff_notes(request.user) or not form.is_valid():
        raise Http404
    try:
        orders = Instructions(form.cleaned_data["turn"], round(form.cleaned_data["skew"], 2))
        return HttpResponse(preview(scan=scan, orders=orders), content_type="image/jpeg")
    except (OSError, Busy):
        return HttpResponse(_("The original cannot be read at the moment."), status=503, content_type="text/plain")


def _found(request: HttpRequest, pk: int) -> tuple[Page, Scan]:
    page = get_object_or_404(visible_pages(request.user).select_related("record__repository"), pk=pk)
    scan = scans_of_pages([page.pk], request.user).get(page.pk)
    if scan is None:
        raise Http404
    return page, scan


def _context(request: HttpRequest, page: Page, scan: Scan) -> dict[str, Any]:
    orders = instructions_of(scan)
    initial: dict[str, Any] = {"turn": orders.turn, "skew": orders.skew}
    initial |= {f"crop_{side}": number for side, number in zip(SIDES, orders.crop or [None] * 4, strict=True)}
    form, tried = ShowForm(initial=initial), orders
    if "turn" in request.GET:
        form = ShowForm(request.GET)
        if form.is_valid():
            given = form.cleaned_data
            if "propose" in request.GET:
                given = given | {"skew": _proposed(request, scan, given["turn"])}
                form = ShowForm(initial=given)
            tried = Instructions(given["turn"], round(given["skew"], 2), given["crop"])
    return _tried(tried, scan) | {
        "page": page,
        "scan": scan,
        "code": address_code(page.record),
        "covers": covers_of(page.pk),
        "cover_form": CoverForm(),
        "show_form": form,
        "without_box": list(
            visible_mentions(request.user).filter(page=page, box_x=None).order_by("position", "pk")[:20]
        ),
        "sees_through": may_see_staff_notes(request.user),
    }


def _tried(orders: Instructions, scan: Scan) -> dict[str, Any]:
    """What the preview shows, and the size it has when nothing is cropped."""
    size = Instructions(orders.turn, orders.skew).transform((scan.full_width, scan.full_height))[1]
    return {"tried": orders, "tried_width": size[0], "tried_height": size[1]}


def _proposed(request: HttpRequest, scan: Scan, turn: int) -> float:
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


def _cover(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    form = CoverForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        box = given["x"], given["y"], given["w"], given["h"]
        try:
            cover_part(
                page=page, box=box, reason_vi=given["reason_vi"], reason_en=given["reason_en"], actor=_user(request)
            )
        except (BadInstructions, OSError, Busy) as error:
            form.add_error(None, refusal(error))
        else:
            messages.success(
                request, _("Covered. The public image has a new address; words and names under the part are withheld.")
            )
            return _back(page)
    return {"cover_form": form}


def _uncover(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    if not may_see_staff_notes(request.user):
        # Who may not see under a cover cannot judge what the public would see without it.
        raise PermissionDenied
    pk = whole_number(request.POST.get("cover", "")) or 0
    cover = next((cover for cover in covers_of(page.pk) if cover.pk == pk), None)
    if cover is None:
        messages.info(request, _("This part is no longer covered."))
        return _back(page)
    try:
        uncover_part(cover=cover, actor=_user(request))
    except (BadInstructions, OSError, Busy) as error:
        messages.error(request, refusal(error))
    else:
        messages.success(request, _("The public sees this part again."))
    return _back(page)


def _try(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    """To the address that shows what is asked; nothing is saved."""
    form = ShowForm(request.POST)
    if not form.is_valid():
        return {"show_form": form}
    asked = {name: request.POST.get(name, "") for name in form.fields}
    if request.POST["do"] == "propose":
        asked["propose"] = "1"
    return HttpResponseRedirect(f"{reverse('desk-page-image', args=[page.pk])}?{urlencode(asked)}#shown")


def _show(request: HttpRequest, page: Page, scan: Scan) -> HttpResponse | dict[str, Any]:
    form = ShowForm(request.POST)
    if not form.is_valid():
        return {"show_form": form}
    given = form.cleaned_data
    try:
        checked_instructions(scan=scan, turn=given["turn"], skew=given["skew"], crop=given["crop"])
        set_instructions(scan=scan, turn=given["turn"], skew=given["skew"], crop=given["crop"], actor=_user(request))
    except (BadInstructions, OSError, Busy) as error:
        form.add_error(None, refusal(error))
        return {"show_form": form} | _tried(Instructions(given["turn"], given["skew"], given["crop"]), scan)
    messages.success(
        request, _("Saved. The original stays as it is; words, names and covered parts went with the picture.")
    )
    return _back(page)


def refusal(error: Exception) -> str:
    """Why it was not done, and what to do."""
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


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _back(page: Page) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk-page-image", args=[page.pk]))
