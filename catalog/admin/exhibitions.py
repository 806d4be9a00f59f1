"""The hall."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.admin.base import HouseAdmin, TrashAdmin, TrashFilter
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement


class PartInline(admin.TabularInline[Part, Exhibition]):
    model = Part
    extra = 0
    fields = ["number", "title_vi", "title_en"]
    show_change_link = True


class MilestoneInline(admin.TabularInline[Milestone, Exhibition]):
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


class PanelInline(admin.TabularInline[Panel, Part]):
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


class PlacementInline(admin.StackedInline[Placement, Panel]):
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
    list_editable = ["state"]
    search_fields = ["message", "name"]
    actions = ["show", "keep_back"]

    @admin.action(description=_("Show these words"))
    def show(self, request: HttpRequest, queryset: QuerySet[GuestbookEntry]) -> None:
        """Read, and shown."""
        for entry in queryset:
            entry.state = GuestbookEntry.State.SHOWN
            entry.save()

    @admin.action(description=_("Do not show these words"))
    def keep_back(self, request: HttpRequest, queryset: QuerySet[GuestbookEntry]) -> None:
        """Read, and kept back."""
        for entry in queryset:
            entry.state = GuestbookEntry.State.NOT_SHOWN
            entry.save()
