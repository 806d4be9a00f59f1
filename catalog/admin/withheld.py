"""Filters, deletions and histories of Django's admin, without rows that do not exist for the user."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import NestedObjects, quote
from django.db import models, router
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from simple_history.template_utils import HistoricalRecordContextHelper

from catalog.accounts.models import User
from catalog.admin.visibility import STAFF_FIELDS, VISIBLE_TO_ALL, seen_keys, visible_rows
from catalog.records.queries import may_see_staff_notes


class VisibleRowsFilter(admin.RelatedFieldListFilter):
    """Django's filter by related rows, of which only those that exist for the user can be chosen."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Related rows that exist for the user."""
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = visible_rows(field.related_model, request.user)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to={"pk__in": rows.values("pk")})


def deleted_objects(
    objs: Any, request: HttpRequest, site: admin.AdminSite
) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
    """As Django's `get_deleted_objects` (rows deleted with these, counts, missing permissions, protected rows), without
    names of rows that do not exist for the user."""
    objs = list(objs)
    if not objs:
        return [], {}, set(), []
    collector = NestedObjects(using=router.db_for_write(type(objs[0])), origin=objs)
    collector.collect(objs)
    missing_permissions: set[str] = set()
    rows_by_model: dict[type[Model], Any] = dict(cast(Any, collector.model_objs))
    visible_keys = {
        model: seen_keys(model, [row.pk for row in rows], request.user) for model, rows in rows_by_model.items()
    }
    for row in collector.protected:
        visible_keys.setdefault(type(row), set()).update(seen_keys(type(row), [row.pk], request.user))

    def describe(row: Any) -> str:
        if site.is_registered(type(row)) and not site.get_model_admin(type(row)).has_delete_permission(request, row):
            missing_permissions.add(str(row._meta.verbose_name))
        return _linked(row, site) if row.pk in visible_keys[type(row)] else ""

    deleted = _named_only(collector.nested(describe))
    counts = {
        str(model._meta.verbose_name_plural): len(visible_keys[model] & {row.pk for row in rows})
        for model, rows in rows_by_model.items()
    }
    protected = [words for row in collector.protected if (words := describe(row))]
    if len(protected) < len(collector.protected):
        protected.append(gettext("something that your role does not include"))
    return deleted, {kind: count for kind, count in counts.items() if count}, missing_permissions, protected


def visible_names(rows: Iterable[Model], asker: User) -> list[str]:
    """The names of these rows. All those that do not exist for `asker` are replaced by one general sentence."""
    rows = list(rows)
    names = [str(row) for row in rows if seen_keys(type(row), [row.pk], asker)]
    return names + [gettext("something that your role does not include")] * (len(names) < len(rows))


class VisibleChanges(HistoricalRecordContextHelper):  # type: ignore[misc]
    """The changes shown in a history, without rows that do not exist for `asker`."""

    def __init__(self, model: Any, record: Any, asker: User) -> None:
        super().__init__(model, record)
        self.asker = asker

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """A value of a change; rows that do not exist for the user are left out or shown as …."""
        prepared = super().prepare_delta_change_value(change, value)
        if isinstance(prepared, list):
            return [item for item in prepared if not isinstance(item, Model) or self._is_visible(item)]
        return prepared if not isinstance(prepared, Model) or self._is_visible(prepared) else "…"

    def _is_visible(self, row: Model) -> bool:
        return bool(seen_keys(type(row), [row.pk], self.asker))


def visible_versions(versions: Any, model: Any, asker: User) -> Any:
    """The versions of a history without those that refer to rows that do not exist for `asker`."""
    for field in model._meta.concrete_fields:
        if field.is_relation and field.related_model.__name__ not in VISIBLE_TO_ALL:
            rows = visible_rows(field.related_model, asker).values("pk")
            versions = versions.filter(
                models.Q(**{f"{field.attname}__isnull": True}) | models.Q(**{f"{field.attname}__in": rows})
            )
    return versions


def staff_fields(model: Any, asker: Any) -> frozenset[str]:
    """The fields of a model that `asker` may not read."""
    return frozenset() if may_see_staff_notes(asker) else STAFF_FIELDS.get(model._meta.model_name, frozenset())


def _linked(row: Any, site: admin.AdminSite) -> str:
    name = f"{site.name}:{row._meta.app_label}_{row._meta.model_name}_change"
    kind = capfirst(str(row._meta.verbose_name))
    try:
        address = reverse(name, args=[quote(row.pk)]) if site.is_registered(type(row)) else ""
    except NoReverseMatch:
        address = ""
    return format_html('{}: <a href="{}">{}</a>', kind, address, row) if address else f"{kind}: {row}"


def _named_only(nested: list[Any]) -> list[Any]:
    """The nested list without entries that are empty; what is nested below them is kept."""
    named: list[Any] = []
    for entry in nested:
        if isinstance(entry, list):
            if below := _named_only(entry):
                named.append(below)
        elif entry:
            named.append(entry)
    return named
