"""What Django's own staff screens would say of other rows than the one they show: filters, deletions, histories."""

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
from catalog.admin.visibility import EVERYBODYS, STAFF_FIELDS, seen_keys, visible_rows
from catalog.records.queries import may_see_staff_notes


class SeenFilter(admin.RelatedFieldListFilter):
    """Django's filter by what a row refers to; only what exists for whoever asks can be chosen."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Rows that exist for whoever asks."""
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = visible_rows(field.related_model, request.user)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to={"pk__in": rows.values("pk")})


def deleted_objects(
    objs: Any, request: HttpRequest, site: admin.AdminSite
) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
    """As Django's `get_deleted_objects` (what goes with it, how many, lacking permissions, what stands in the way),
    naming nothing that does not exist for whoever asks."""
    objs = list(objs)
    if not objs:
        return [], {}, set(), []
    collector = NestedObjects(using=router.db_for_write(type(objs[0])), origin=objs)
    collector.collect(objs)
    lacking: set[str] = set()
    gathered: dict[type[Model], Any] = dict(cast(Any, collector.model_objs))
    named = {model: seen_keys(model, [one.pk for one in found], request.user) for model, found in gathered.items()}
    for one in collector.protected:
        named.setdefault(type(one), set()).update(seen_keys(type(one), [one.pk], request.user))

    def said(one: Any) -> str:
        if site.is_registered(type(one)) and not site.get_model_admin(type(one)).has_delete_permission(request, one):
            lacking.add(str(one._meta.verbose_name))
        return _linked(one, site) if one.pk in named[type(one)] else ""

    going = _said(collector.nested(said))
    counts = {
        str(model._meta.verbose_name_plural): len(named[model] & {one.pk for one in found})
        for model, found in gathered.items()
    }
    in_the_way = [words for one in collector.protected if (words := said(one))]
    if len(in_the_way) < len(collector.protected):
        in_the_way.append(gettext("something that your role does not include"))
    return going, {kind: count for kind, count in counts.items() if count}, lacking, in_the_way


def names_of(rows: Iterable[Model], asker: User) -> list[str]:
    """What these rows are called, those that do not exist for `asker` in words that tell nothing of them."""
    rows = list(rows)
    seen = [str(one) for one in rows if seen_keys(type(one), [one.pk], asker)]
    return seen + [gettext("something that your role does not include")] * (len(seen) < len(rows))


class SeenChanges(HistoricalRecordContextHelper):  # type: ignore[misc]
    """What a change in a history says, without rows that do not exist for `asker`."""

    def __init__(self, model: Any, record: Any, asker: User) -> None:
        super().__init__(model, record)
        self.asker = asker

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """A row, or a list of them, as far as it exists."""
        prepared = super().prepare_delta_change_value(change, value)
        if isinstance(prepared, list):
            return [one for one in prepared if not isinstance(one, Model) or self._seen(one)]
        return prepared if not isinstance(prepared, Model) or self._seen(prepared) else "…"

    def _seen(self, row: Model) -> bool:
        return bool(seen_keys(type(row), [row.pk], self.asker))


def seen_versions(versions: Any, model: Any, asker: User) -> Any:
    """Of a history, the states that refer to nothing that does not exist for `asker`."""
    for field in model._meta.concrete_fields:
        if field.is_relation and field.related_model.__name__ not in EVERYBODYS:
            rows = visible_rows(field.related_model, asker).values("pk")
            versions = versions.filter(
                models.Q(**{f"{field.attname}__isnull": True}) | models.Q(**{f"{field.attname}__in": rows})
            )
    return versions


def staff_fields(model: Any, asker: Any) -> frozenset[str]:
    """Fields of a model that hold what `asker` may not read."""
    return frozenset() if may_see_staff_notes(asker) else STAFF_FIELDS.get(model._meta.model_name, frozenset())


def _linked(one: Any, site: admin.AdminSite) -> str:
    name = f"{site.name}:{one._meta.app_label}_{one._meta.model_name}_change"
    kind = capfirst(str(one._meta.verbose_name))
    try:
        address = reverse(name, args=[quote(one.pk)]) if site.is_registered(type(one)) else ""
    except NoReverseMatch:
        address = ""
    return format_html('{}: <a href="{}">{}</a>', kind, address, one) if address else f"{kind}: {one}"


def _said(nested: list[Any]) -> list[Any]:
    """Without what is not named; what goes with a thing that is not named is not named either way."""
    kept: list[Any] = []
    for one in nested:
        if isinstance(one, list):
            if below := _said(one):
                kept.append(below)
        elif one:
            kept.append(one)
    return kept
