"""A form that began from an older state: what a colleague wrote beside what was typed, field by field, to be
decided."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from catalog.accounts.models import User
from catalog.admin.visibility import visible_rows
from catalog.changes.writing import StaleChange, base_of
from catalog.records.actions import set_links
from catalog.rules.text import whole_number


@dataclass(frozen=True)
class ShownClash:
    """A clashing field as a person sees it. name: of the choice in the form; what stood, what was typed, what stands
    now."""

    name: str
    label: str
    before: str
    mine: str
    theirs: str


def began(request: HttpRequest, form: Any, row: Any) -> tuple[int | None, dict[str, Any]]:
    """The revision that a form began from, and what its sender has decided about the fields that clashed before: column
    names with the values that stood when it was decided."""
    revision = form.cleaned_data.get("began")
    seen = whole_number(request.POST.get(f"seen-{_name(row)}", ""), 9)
    judged: dict[str, Any] = {}
    if seen is not None:
        stood = base_of(row, seen)
        for name in list(form.cleaned_data):
            choice = request.POST.get(f"keep-{_name(row)}-{name}", "")
            if choice == "theirs":
                # Left out of what is written: what stands, stays.
                del form.cleaned_data[name]
            elif choice == "mine" and stood is not None:
                attname = row._meta.get_field(name).attname
                judged[attname] = getattr(stood, attname, None)
    return revision, judged


def stale_page(view: Any, request: HttpRequest, error: StaleChange) -> HttpResponse:
    """Both texts side by side, with everything else that was typed kept in the page. Answers 409."""
    row: Any = error.row
    actor = cast(User, request.user)
    shown = []
    for clash in error.clashes:
        field = row._meta.get_field(clash.field)
        shown.append(
            ShownClash(
                f"keep-{_name(row)}-{clash.field}",
                str(field.verbose_name),
                _said(field, clash.base, actor),
                _said(field, clash.wanted, actor),
                _said(field, clash.current, actor),
            )
        )
    again = {clash.name for clash in shown} | {"csrfmiddlewaretoken", f"seen-{_name(row)}"}
    kept = [(name, value) for name, values in request.POST.lists() if name not in again for value in values]
    latest = row.history.select_related("history_user").order_by("-history_date", "-history_id").first()
    context = {
        **view.admin_site.each_context(request),
        "opts": view.opts,
        "row": row,
        "clashes": shown,
        "kept": [*kept, (f"seen-{_name(row)}", row.revision)],
        "lost_files": sorted(request.FILES),
        "changed_by": latest.history_user if latest else None,
        "changed_at": latest.history_date if latest else None,
    }
    return render(request, "catalog/admin/stale.html", context, status=409)


def set_links_of(form: Any, *, actor: User) -> None:
    """Write the many-to-many fields of a form, of which its sender saw what exists for them."""
    row = form.instance
    fields = [field for field in row._meta.many_to_many if field.name in form.cleaned_data]
    if fields:
        set_links(
            actor=actor,
            row=row,
            revision=form.cleaned_data.get("began"),
            links={field.name: {one.pk for one in form.cleaned_data[field.name]} for field in fields},
            visible={field.name: visible_rows(field.related_model, actor) for field in fields},
        )


def _said(field: Any, value: Any, actor: User) -> str:
    if value is None or value == "":
        return "–"
    if field.is_relation:
        # A colleague may have chosen what does not exist for this one.
        found = visible_rows(field.related_model, actor).filter(pk=value).first()
        return str(found) if found is not None else gettext("something that your role does not include")
    return str(dict(field.flatchoices).get(value, value))


def _name(row: Any) -> str:
    return f"{row._meta.model_name}-{row.pk}"
