"""A person: whether they are alive and shown to the public, and merging persons."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from catalog.accounts.models import User
from catalog.changes.writing import StaleChange
from catalog.desk.access import for_staff
from catalog.people.models import Person
from catalog.records.actions import CannotMerge, merge_people, set_life, undo_merge
from catalog.records.queries import person_merges, staff_persons
from catalog.rules.text import whole_number
from catalog.sources.queries import sources

CANNOT_MERGE = {
    "same": gettext_lazy("A person cannot be merged with themselves. Choose another."),
    "merged": gettext_lazy(
        "One of the two is part of another person already. Undo that first, or choose the other person."
    ),
    "trashed": gettext_lazy("One of the two is in the trash. Put that person back first."),
    "undone": gettext_lazy("This was undone before. Nothing was changed."),
}


class LifeForm(forms.Form):
    """Whether a person is alive, and by which source."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    life = forms.ChoiceField(label=gettext_lazy("life"), choices=Person.Life.choices)
    source = forms.ModelChoiceField(label=gettext_lazy("source for life or death"), queryset=sources(), required=False)
    public_figure = forms.BooleanField(label=gettext_lazy("public figure"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse "dead" without a source."""
        data = super().clean() or {}
        if data.get("life") == Person.Life.DEAD and not data.get("source"):
            self.add_error("source", _("Name the source that says so: nobody is called dead without one."))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("view_person")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The page about a person. By POST: whether the person is alive."""
    person = get_object_or_404(staff_persons(request.user), pk=pk)
    form, status = LifeForm(initial=_initial_life(person)), 200
    if request.method == "POST":
        form = LifeForm(request.POST)
        if form.is_valid():
            try:
                set_life(
                    actor=cast(User, request.user),
                    person=person,
                    revision=form.cleaned_data["revision"],
                    life=form.cleaned_data["life"],
                    source=form.cleaned_data["source"],
                    public_figure=form.cleaned_data["public_figure"],
                )
            except StaleChange:
                person.refresh_from_db()
                form, status = LifeForm(initial=_initial_life(person)), 409
                messages.error(
                    request,
                    _(
                        "A colleague changed this meanwhile, so nothing was changed. Look at what is there now, then "
                        "decide."
                    ),
                )
            else:
                messages.success(request, _("Saved. The person's history keeps who decided it."))
                return redirect("desk-person", pk)
        else:
            status = 400
    return render(request, "catalog/desk/person.html", _context(request, person, form), status=status)


@require_POST
@for_staff("change_person", "change_identification")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge this person into another (`into`: the primary key)."""
    person = get_object_or_404(staff_persons(request.user), pk=pk)
    key = whole_number(request.POST.get("into", "").strip())
    into = None if key is None else staff_persons(request.user).filter(pk=key).first()
    if into is None:
        messages.error(request, _("There is no person with this number. The number is in the address of their page."))
        return redirect("desk-person", pk)
    try:
        merge_people(
            actor=cast(User, request.user), person=person, into=into, reason=request.POST.get("reason", "")[:400]
        )
    except CannotMerge as error:
        messages.error(request, CANNOT_MERGE[error.code])
        return redirect("desk-person", pk)
    messages.success(
        request, _("%(one)s is now part of %(other)s. It can be undone below.") % {"one": person, "other": into}
    )
    return redirect("desk-person", into.pk)


@require_POST
@for_staff("change_person", "change_identification")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    merge = get_object_or_404(person_merges(request.user), pk=pk)
    try:
        unchanged = undo_merge(actor=cast(User, request.user), merge=merge)
    except CannotMerge as error:
        messages.error(request, CANNOT_MERGE[error.code])
    else:
        messages.success(request, _("Undone: they are two persons again."))
        if unchanged:
            messages.warning(
                request, _("This was changed since and stays as it is: %(left)s.") % {"left": "; ".join(unchanged)}
            )
    return redirect("desk-person", merge.person_id)


def _initial_life(person: Person) -> dict[str, Any]:
    return {
        "revision": person.revision,
        "life": person.life,
        "source": person.life_source_id,
        "public_figure": person.public_figure,
    }


def _context(request: HttpRequest, person: Person, form: LifeForm) -> dict[str, Any]:
    user = request.user
    return {
        "person": person,
        "form": form,
        "merges": person_merges(user).filter(into=person).select_related("person", "made_by"),
        "part_of": staff_persons(user).filter(pk=person.merged_into_id or 0).first(),
        "may_judge": user.has_perm("catalog.judge_life"),
        "may_show": user.has_perm("catalog.show_living"),
        "may_merge": user.has_perms(["catalog.change_person", "catalog.change_identification"]),
    }
