"""A form that began from an older state: what a colleague wrote beside what was typed, field by field, to be decided."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.accounts.models import User
from catalog.admin.visibility import visible_rows
from catalog.changes.writing import StaleChange, action, base_of, locked, require


@dataclass(frozen=True)
class ShownClash:
    """A clashing field as a person sees it. name: of the choice in the form; what stood, what was typed, what stands now."""

    name: str
    label: str
    before: str
    mine: str
    theirs: str


def began(request: HttpRequest, form: Any, row: Any) -> tuple[int | None, dict[str, Any]]:
    """The revision that a form began from, and what its sender has decided about the fields that clashed before: column
    names with the values that stood when it was decided."""
    revision = form.cleaned_data.get("began")
    seen = request.POST.get(f"seen-{_name(row)}", "")
    judged: dict[str, Any] = {}
    if seen.isascii() and seen.isdigit() and len(seen) < 10:
        stood = base_of(row, int(seen))
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
    shown = []
    for clash in error.clashes:
        field = row._meta.get_field(clash.field)
        shown.append(
            ShownClash(
                f"keep-{_name(row)}-{clash.field}", str(field.verbose_name), _said(field, clash.base),
                _said(field, clash.mine), _said(field, clash.theirs),
            )
        )  # fmt: skip
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


def set_links(form: Any, *, actor: User) -> None:
    """Write the many-to-many fields of a form; what both sides added or took away since the form began holds."""
    row = form.instance
    names = [field.name for field in row._meta.many_to_many if field.name in form.cleaned_data]
    if not names:
        return

    @action
    def write() -> None:
        revision = form.cleaned_data.get("began")
        require(actor, f"change_{row._meta.model_name}" if revision else f"add_{row._meta.model_name}")
        current = locked(row)
        base = base_of(current, revision) if revision else None
        for name in names:
            field = current._meta.get_field(name)
            # What does not exist for the actor was not theirs to take away.
            seen = visible_rows(field.related_model, actor).values("pk")
            standing = set(getattr(current, name).filter(pk__in=seen).values_list("pk", flat=True))
            hidden = set(getattr(current, name).exclude(pk__in=standing).values_list("pk", flat=True))
            wanted = {one.pk for one in form.cleaned_data[name]}
            link = field.m2m_reverse_field_name()
            then = set(getattr(base, name).values_list(link, flat=True)) if base is not None else standing
            result = (standing | (wanted - then)) - (then - wanted - hidden)
            if result != standing:
                current._history_user = actor
                current.revision += 1
                current.save(update_fields=["revision"])
                getattr(current, name).set(result | hidden)

    write()


def _said(field: Any, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if field.is_relation:
        found = field.related_model._base_manager.filter(pk=value).first()
        return str(found) if found is not None else "–"
    return str(dict(field.flatchoices).get(value, value))


def _name(row: Any) -> str:
    return f"{row._meta.model_name}-{row.pk}"
