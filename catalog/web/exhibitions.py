"""The list of exhibitions, and the page of one exhibition."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.exhibitions.actions import write_in_guest_book
from catalog.exhibitions.queries import current_exhibitions, exhibition_by_slug, view_exhibition
from catalog.web.limits import limited


class GuestBookForm(forms.Form):
    """An entry for the guest book. `website` is hidden from people, so only a program fills it in."""

    message = forms.CharField(
        label=_("Your words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Please write something; nothing was sent yet.")},
    )
    name = forms.CharField(label=_("Your name (if you like)"), max_length=120, required=False)
    show_name = forms.BooleanField(label=_("My name may be shown beside my words"), required=False)
    country = forms.CharField(label=_("Where you come from (if you like)"), max_length=80, required=False)
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"tabindex": "-1"})
    )


@require_safe
def hall(request: HttpRequest) -> HttpResponse:
    """All exhibitions that are shown now."""
    context = {"exhibitions": current_exhibitions(request.user), "active_nav": "exhibitions"}
    return render(request, "catalog/exhibitions/hall.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("guest-book", forms_only=True)
def exhibition(request: HttpRequest, slug: str) -> HttpResponse:
    """One exhibition; a POST adds an entry to its guest book."""
    exhibition = exhibition_by_slug(slug, request.user)
    if exhibition is None:
        raise Http404
    form = GuestBookForm(request.POST or None)
    if request.method == "POST" and exhibition.guest_book_open and form.is_valid():
        words = form.cleaned_data
        if not words.pop("website"):
            write_in_guest_book(exhibition=exhibition, language=get_language() or "vi", **words)
        messages.success(request, _("Thank you. Your words will be read by a person before they are shown here."))
        return redirect(f"{request.path}#guest-book")
    context = {"view": view_exhibition(exhibition, request.user), "form": form, "active_nav": "exhibitions"}
    return render(request, "catalog/exhibitions/exhibition.html", context, status=400 if form.errors else 200)
