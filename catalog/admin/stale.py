"""Forms that began from an older revision: what a colleague wrote is shown beside what was typed, and the user decides
for each field."""

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
    """A field that both users changed, in words. name: of the choice in the form; before: the value when the form
    began; typed: the value in the form; current: the value now."""

    name: str
    label: str
    before: str
    typed: str
    current: str


def starting_point(request: HttpRequest, form: Any, row: Any) -> tuple[int | None, dict[str, Any]]:
    """The revision that a form began from, and the user's decisions about fields that clashed: the column names that
    keep what was typed, with the values that were current when that was decided."""
    revision = form.cleaned_data.get("began")
    seen_revision = whole_number(request.POST.get(f"seen-{_row_name(row)}", ""), 9)
    judged: dict[str, Any] = {}
    if seen_revision is not None:
        seen_row = base_of(row, seen_revision)
        for name in list(form.cleaned_data):
            choice = request.POST.get(f"keep-{_row_name(row)}-{name}", "")
            if choice == "theirs":
                # Not written: the current value stays.
                del form.cleaned_data[name]
            elif choice == "mine" and seen_row is not None:
                attname = row._meta.get_field(name).attname
                judged[attname] = getattr(seen_row, attname, None)
    return revision, judged


def stale_page(view: Any, request: HttpRequest, error: StaleChange) -> HttpResponse:
    """A page with the clashing values side by side, which repeats everything else that was typed. Status 409."""
    row: Any = error.row
    actor = cast(User, request.user)
    clashes = []
    for clash in error.clashes:
        field = row._meta.get_field(clash.field)
        clashes.append(
            ShownClash(
                f"keep-{_row_name(row)}-{clash.field}",
                str(field.verbose_name),
                _value_in_words(field, clash.base, actor),
                _value_in_words(field, clash.wanted, actor),
                _value_in_words(field, clash.current, actor),
            )
        )
    not_repeated = {clash.name for clash in clashes} | {"csrfmiddlewaretoken", f"seen-{_row_name(row)}"}
    fields = [(name, value) for name, values in request.POST.lists() if name not in not_repeated for value in values]
    latest = row.history.select_related("history_user").order_by("-history_date", "-history_id").first()
    context = {
        **view.admin_site.each_context(request),
        "opts": view.opts,
        "row": row,
        "clashes": clashes,
        "fields": [*fields, (f"seen-{_row_name(row)}", row.revision)],
        "lost_files": sorted(request.FILES),
        "changed_by": latest.history_user if latest else None,
        "changed_at": latest.history_date if latest else None,
    }
    return render(request, "catalog/admin/stale.html", context, status=409)


def set_links_of(form: Any, *, actor: User) -> None:
    """Write the many-to-many fields of a form. Links to rows that the user may not see are left as they are."""
    row = form.instance
    fields = [field for field in row._meta.many_to_many if field.name in form.cleaned_data]
    if fields:
        set_links(
            actor=actor,
            row=row,
            revision=form.cleaned_data.get("began"),
            links={field.name: {target.pk for target in form.cleaned_data[field.name]} for field in fields},
            visible={field.name: visible_rows(field.related_model, actor) for field in fields},
        )


def _value_in_words(field: Any, value: Any, actor: User) -> str:
    if value is None or value == "":
        return "–"
    if field.is_relation:
        # A colleague may have chosen a row that this user may not see.
        target = visible_rows(field.related_model, actor).filter(pk=value).first()
        return str(target) if target is not None else gettext("something that your role does not include")
    return str(dict(field.flatchoices).get(value, value))


def _row_name(row: Any) -> str:
    return f"{row._meta.model_name}-{row.pk}"
