"""What all screens of Django's admin share: only rows that exist for the user, writing by actions, revisions, history,
the trash instead of deletion.

The admin is used until the desk has screens for everything. It makes no decisions, and writes by actions only.
"""

from collections.abc import Sequence, Set
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from catalog.accounts.models import User
from catalog.admin.stale import set_links_of, stale_page, starting_point
from catalog.admin.visibility import hidden_links, visible_rows
from catalog.admin.withheld import (
    VisibleChanges,
    VisibleRowsFilter,
    deleted_objects,
    staff_fields,
    visible_names,
    visible_versions,
)
from catalog.changes.trash import StillNeeded
from catalog.changes.writing import StaleChange
from catalog.records.actions import add_row, change_row, delete_row, restore_row
from catalog.rules.text import whole_number


class RevisionForm(forms.ModelForm[Any]):
    """A form that knows the revision of the row it began from (`began`). late_errors: what an action refused."""

    began = forms.IntegerField(required=False, widget=forms.HiddenInput)
    late_errors: ValidationError | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and (field := self.fields.get("began")):
            field.initial = self.instance.revision
            # Without the revision nobody could tell whether the form overwrites a colleague's work.
            field.required = True

    def clean(self) -> Any:
        """Show what an action refused like any other error: at its field, or above the form."""
        data = super().clean()
        if self.late_errors is not None:
            if hasattr(self.late_errors, "error_dict"):
                for name, errors in self.late_errors.error_dict.items():
                    self.add_error(name if name in self.fields else None, errors)
            else:
                self.add_error(None, self.late_errors)
        return data

    def has_changed(self) -> bool:
        """Whether anything except the revision was changed."""
        return any(name != "began" for name in self.changed_data)


class InlineMixin:
    """Rows on the screen of the row they belong to, with the same visibility and revisions as on their own screens."""

    form = RevisionForm
    model: Any

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows that exist for the user."""
        inherited = super().get_queryset(request)  # type: ignore[misc]
        return cast("QuerySet[Any]", inherited.filter(pk__in=visible_rows(self.model, request.user)))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The fields, without those that the user may not read, and with the revision."""
        return _shown_fields(self.model, request, super().get_fields(request, obj))  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rows that exist for the user can be chosen."""
        kwargs.setdefault("queryset", visible_rows(db_field.related_model, request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class HouseTabular(InlineMixin, admin.TabularInline[Any, Any]):  # type: ignore[misc]
    """Rows as a table."""

    extra = 0


class HouseStacked(InlineMixin, admin.StackedInline[Any, Any]):  # type: ignore[misc]
    """Rows one below the other."""

    extra = 0


class HouseAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """The base of all screens: history, buttons above long forms too, fifty rows a page; every change is an action."""

    form = RevisionForm
    save_on_top = True
    list_per_page = 50
    show_full_result_count = False
    # Related rows that the list shows, for prefetch_related; Django itself has only `list_select_related`.
    list_prefetch_related: Sequence[Any] = ()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the related rows that it shows fetched together."""
        changelist = super().get_changelist_instance(request)
        if self.list_prefetch_related:
            prefetch_related_objects(list(changelist.result_list), *self.list_prefetch_related)
        return changelist

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows that exist for the user. Lists, forms, histories and autocompletes all use this."""
        rows = visible_rows(self.model, request.user)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fieldsets without fields that the user may not read, and with the revision of an existing row. For a user
        who may only view the row, without links to rows that do not exist for them."""
        may_only_view = obj is not None and not self.has_change_permission(request, obj)
        withheld = hidden_links(obj, request.user) if may_only_view else set()
        if not self.fieldsets:
            fields = [field for entry in self.get_fields(request, obj) if (field := _without(entry, withheld))]
            return [(None, {"fields": _shown_fields(self.model, request, fields)})]
        sets = []
        for title, options in self.fieldsets:
            fields = [
                field
                for entry in options["fields"]
                if (field := _without_staff_fields(self.model, request, entry)) and (field := _without(field, withheld))
            ]
            sets.append((title, {**options, "fields": fields}))
        if not self.has_change_permission(request, obj):
            return sets
        return [*sets[:-1], (sets[-1][0], {**sets[-1][1], "fields": [*sets[-1][1]["fields"], "began"]})]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row. For a user who may only view it, with links only to rows that exist for them."""
        row: Any = super().get_object(request, object_id, from_field)
        if row is not None and not self.has_change_permission(request, row):
            for field in self.opts.many_to_many:
                prefetch_related_objects(
                    [row], Prefetch(field.name, visible_rows(cast(Any, field.related_model), request.user))
                )
        return row

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The filters; those by related rows offer only rows that exist for the user."""
        filters = super().get_list_filter(request)
        return [
            (list_filter, VisibleRowsFilter)
            if isinstance(list_filter, str) and get_fields_from_path(self.model, list_filter)[-1].is_relation
            else list_filter
            for list_filter in filters
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse to filter a list by a field that the user may not read."""
        hidden = lookup.partition("__")[0] in staff_fields(self.model, request.user)
        return not hidden and bool(super().lookup_allowed(lookup, value, request))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What is deleted with these rows, as far as it exists for the user."""
        return deleted_objects(objs, request, self.admin_site)

    def get_history_queryset(self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any) -> Any:
        """Earlier versions, without those that refer to rows that do not exist for the user."""
        versions = super().get_history_queryset(request, history_manager, pk_name, object_id)
        return visible_versions(versions, self.model, cast(User, request.user))

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """The changes between versions, in fields that the user may read."""
        hidden = staff_fields(self.model, request.user)
        previous: Any = None
        for current in historical_records:
            if previous is not None:
                delta = previous.diff_against(
                    current, excluded_fields=hidden, foreign_keys_are_objs=foreign_keys_are_objs
                )
                changes = VisibleChanges(self.model, previous, cast(User, request.user))
                previous.history_delta_changes = changes.context_for_delta_changes(delta)
            previous = current

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rows that exist for the user can be chosen."""
        kwargs.setdefault("queryset", visible_rows(db_field.related_model, request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rows that exist for the user can be chosen."""
        kwargs.setdefault("queryset", visible_rows(db_field.related_model, request.user))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form. If it began from an older revision, the clashing values are shown side by side, and nothing is
        written until the user has decided."""
        try:
            return cast(HttpResponse, super().changeform_view(request, object_id, form_url, extra_context))
        except StaleChange as error:
            return stale_page(self, request, error)
        except StillNeeded as error:
            errors = ValidationError(_needed_in_words(error, cast(User, request.user)))
        except ValidationError as error:
            errors = error
        except IntegrityError:
            # Two forms, each valid by itself, were saved at the same time, and the other one was first.
            errors = ValidationError(
                gettext(
                    "Somebody saved something meanwhile that this cannot stand beside. Nothing was changed; look at "
                    "it again."
                )
            )
        # Show the same form again with everything that was typed and the errors.
        request.late_errors = errors  # type: ignore[attr-defined]
        return cast(HttpResponse, super().changeform_view(request, object_id, form_url, extra_context))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, with the errors of an action if there were any."""
        form = super().get_form(request, obj, change=change, **kwargs)
        errors = getattr(request, "late_errors", None)
        return type(form.__name__, (form,), {"late_errors": errors}) if errors is not None else form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save by an action, from the revision of the form; without one when an earlier version is restored."""
        actor = cast(User, request.user)
        if not change:
            self.add(actor, obj)
            return
        revision, judged = starting_point(request, form, obj)
        if getattr(request, "reverting", False):
            revision = None
        written = self.change(actor, obj, revision, values_of(form, actor), judged)
        obj.__dict__.update(written.__dict__)

    def add(self, actor: User, row: Any) -> None:
        """Enter a new row."""
        add_row(actor=actor, row=row)

    def change(
        self, actor: User, row: Any, revision: int | None, values: dict[str, Any], judged: dict[str, Any]
    ) -> Any:
        """Change a row; returns it as it is then."""
        return change_row(actor=actor, row=row, revision=revision, values=values, judged=judged)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save links and inline rows by actions."""
        set_links_of(form, actor=cast(User, request.user))
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save each inline row by an action, with its own revision."""
        actor = cast(User, request.user)
        formset.save(commit=False)
        for row in formset.deleted_objects:
            delete_row(actor=actor, row=row)
        changed = {row.pk for row, _fields in formset.changed_objects}
        self.before_rows(request, formset, changed)
        for row_form in formset.initial_forms:
            row = row_form.instance
            if row.pk in changed and row_form not in formset.deleted_forms:
                revision, judged = starting_point(request, row_form, row)
                written = change_row(
                    actor=actor, row=row, revision=revision, values=values_of(row_form, actor), judged=judged
                )
                row.__dict__.update(written.__dict__)
        for row in formset.new_objects:
            add_row(actor=actor, row=row)

    def before_rows(self, request: HttpRequest, formset: Any, changed: set[Any]) -> None:
        """A hook for what must be written for all rows of a formset together, before each is saved."""

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Put the row in the trash."""
        self.delete(cast(User, request.user), obj)
        messages.info(request, _("It is in the trash, from which it can be put back."))

    def delete(self, actor: User, row: Any) -> None:
        """Put a row in the trash."""
        delete_row(actor=actor, row=row)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Put the rows in the trash one by one, so that history and index follow."""
        for obj in queryset:
            try:
                self.delete(cast(User, request.user), obj)
            except StillNeeded as error:
                messages.error(request, _needed_in_words(error, cast(User, request.user)))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history, if the row exists for the user."""
        self._require_row(request, object_id)
        return cast(HttpResponse, super().history_view(request, object_id, extra_context))

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """An earlier version. Saved, it becomes the current one by the same action as any change."""
        self._require_row(request, object_id)
        versions = self.model.history.filter(**{self.opts.pk.attname: object_id, "pk": version_id})
        if whole_number(version_id) is None:
            raise Http404
        if not visible_versions(versions, self.model, cast(User, request.user)).exists():
            raise Http404
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        request.reverting = True  # type: ignore[attr-defined]
        return cast(HttpResponse, super().history_form_view(request, object_id, version_id, extra_context))

    def _require_row(self, request: HttpRequest, object_id: str) -> None:
        if not self.has_view_or_change_permission(request):
            # Before the row is looked up: a user who may see none must not learn which exist.
            raise PermissionDenied
        key = whole_number(object_id)
        if key is None or not self.get_queryset(request).filter(pk=key).exists():
            raise Http404


class TrashFilter(admin.SimpleListFilter):
    """A filter for rows in the trash."""

    title = _("trash")
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice besides the default."""
        return [("yes", _("In the trash"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows that are not in the trash, or only those that are."""
        return queryset.filter(trashed_at__isnull=self.value() != "yes")


class TrashAdmin(HouseAdmin):
    """Rows that stay in their table when they are in the trash, since other rows refer to them."""

    actions = ["take_back"]

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Only the chosen rows: nothing else goes to the trash with them."""
        return [str(obj) for obj in objs], {str(self.opts.verbose_name_plural): len(objs)}, set(), []

    @admin.action(description=_("Restore from the trash"), permissions=["delete"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Restore rows from the trash."""
        for obj in queryset:
            self.restore(cast(User, request.user), obj)
        messages.success(request, _("Taken back."))

    def restore(self, actor: User, row: Any) -> None:
        """Restore a row from the trash."""
        restore_row(actor=actor, row=row)


class ViewAdmin(HouseAdmin):
    """Rows that are only viewed here and changed elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: that is done elsewhere."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: that is done elsewhere."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: that is done elsewhere."""
        return False


def values_of(form: Any, actor: User) -> dict[str, Any]:
    """The values of a form for the columns of its row. A link to a row that the actor may not see is left out: the form
    shows it empty, but the actor has not emptied it."""
    columns = {field.name: field for field in form.instance._meta.concrete_fields}
    values = {}
    for name in form.fields:
        if name not in columns or name not in form.cleaned_data or name in ("began", "id"):
            continue
        column, value = columns[name], form.cleaned_data[name]
        if column.is_relation and value is None:
            current_key = (
                type(form.instance)._base_manager.filter(pk=form.instance.pk).values_list(name, flat=True).first()
            )
            is_hidden = current_key and not visible_rows(column.related_model, actor).filter(pk=current_key).exists()
            if is_hidden:
                continue
        values[name] = value
    return values


def _shown_fields(model: Any, request: HttpRequest, fields: Any) -> list[Any]:
    visible = [
        field for entry in fields if entry != "began" and (field := _without_staff_fields(model, request, entry))
    ]
    return [*visible, "began"]


def _without_staff_fields(model: Any, request: HttpRequest, entry: Any) -> Any:
    return _without(entry, staff_fields(model, request.user))


def _without(entry: Any, hidden: Set[str]) -> Any:
    """A field, or a group of fields in one row, without those that are hidden; None or () if none is left."""
    if isinstance(entry, list | tuple):
        return tuple(name for name in entry if name not in hidden)
    return None if entry in hidden else entry


def _needed_in_words(error: StillNeeded, asker: User) -> str:
    names = "; ".join(visible_names(error.rows, asker))
    return gettext("It cannot be deleted: %(others)s still need it.") % {"others": names}
