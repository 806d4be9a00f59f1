"""Exhibitions and what belongs to them."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import User
from catalog.admin.base import HouseAdmin, HouseStacked, HouseTabular, TrashAdmin, TrashFilter
from catalog.admin.stale import starting_point
from catalog.exhibitions.actions import NewNumber, renumber
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.records.actions import change_row


class PartInline(HouseTabular):
    model = Part
    extra = 0
    fields = ["number", "title_vi", "title_en"]
    show_change_link = True


class MilestoneInline(HouseTabular):
    model = Milestone
    extra = 0
    fields = ["date_text", "title_vi", "title_en", "part", "position"]
    show_change_link = True


@admin.register(Exhibition)
class ExhibitionAdmin(TrashAdmin):
    list_display = ["title_vi", "date_text", "status", "position"]
    list_filter = [TrashFilter, "status"]
    search_fields = ["title_vi", "title_en", "slug"]
    prepopulated_fields = {"slug": ["title_en"]}
    autocomplete_fields = ["organiser", "cover", "source"]
    inlines = [PartInline, MilestoneInline]

    def before_rows(self, request: HttpRequest, formset: Any, changed: set[Any]) -> None:
        """Write changed numbers together, so that two rows can exchange theirs."""
        if formset.model is Part:
            _renumber(request, formset, changed, "number")


class PanelInline(HouseTabular):
    model = Panel
    extra = 0
    fields = ["number", "title_vi", "title_en"]
    show_change_link = True


@admin.register(Part)
class PartAdmin(HouseAdmin):
    list_display = ["exhibition", "number", "title_vi", "title_en"]
    list_filter = ["exhibition"]
    search_fields = ["title_vi", "title_en"]
    autocomplete_fields = ["exhibition"]
    inlines = [PanelInline]

    def before_rows(self, request: HttpRequest, formset: Any, changed: set[Any]) -> None:
        """Write changed numbers together, so that two rows can exchange theirs."""
        _renumber(request, formset, changed, "number")


class PlacementInline(HouseStacked):
    model = Placement
    extra = 0
    autocomplete_fields = ["record", "page", "lender"]


@admin.register(Panel)
class PanelAdmin(HouseAdmin):
    list_display = ["part", "number", "title_vi", "title_en"]
    list_filter = ["part__exhibition"]
    search_fields = ["title_vi", "title_en"]
    autocomplete_fields = ["part"]
    inlines = [PlacementInline]

    def before_rows(self, request: HttpRequest, formset: Any, changed: set[Any]) -> None:
        """Write changed numbers together, so that two rows can exchange theirs."""
        _renumber(request, formset, changed, "position")


@admin.register(Placement)
class PlacementAdmin(HouseAdmin):
    list_display = ["caption_vi", "panel", "position", "lender", "first_published"]
    list_filter = ["panel__part__exhibition", "first_published"]
    search_fields = ["caption_vi", "caption_en", "record__title_vi"]
    autocomplete_fields = ["panel", "record", "page", "lender"]


@admin.register(Milestone)
class MilestoneAdmin(HouseAdmin):
    list_display = ["date_text", "title_vi", "exhibition", "part"]
    list_filter = ["exhibition"]
    search_fields = ["title_vi", "title_en", "date_text"]
    autocomplete_fields = ["exhibition", "part", "records", "source"]


@admin.register(GuestbookEntry)
class GuestbookEntryAdmin(HouseAdmin):
    list_display = ["message", "name", "country", "exhibition", "written_at", "state"]
    list_filter = ["state", "exhibition"]
    readonly_fields = ["exhibition", "message", "name", "show_name", "country", "language", "written_at"]
    search_fields = ["message", "name"]
    actions = ["show", "keep_back"]

    @admin.action(description=_("Show these words"), permissions=["change"])
    def show(self, request: HttpRequest, queryset: QuerySet[GuestbookEntry]) -> None:
        """Show the entries to the public."""
        _set_state(request, queryset, GuestbookEntry.State.SHOWN)

    @admin.action(description=_("Do not show these words"), permissions=["change"])
    def keep_back(self, request: HttpRequest, queryset: QuerySet[GuestbookEntry]) -> None:
        """Do not show the entries to the public."""
        _set_state(request, queryset, GuestbookEntry.State.NOT_SHOWN)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries are written by visitors only."""
        return False


def _set_state(request: HttpRequest, queryset: QuerySet[GuestbookEntry], state: str) -> None:
    for entry in queryset:
        change_row(actor=cast(User, request.user), row=entry, revision=None, values={"state": state})


def _renumber(request: HttpRequest, formset: Any, changed: set[Any], column: str) -> None:
    numbers = {}
    for form in formset.initial_forms:
        if form.instance.pk in changed and column in form.changed_data:
            number = form.cleaned_data[column]
            revision, judged = starting_point(request, form, form.instance)
            if column in form.cleaned_data:
                numbers[form.instance.pk] = NewNumber(number, revision or 0, judged.get(column))
    if numbers:
        renumber(actor=cast(User, request.user), model=formset.model, numbers=numbers)
