"""What every staff screen shares: history, trash instead of deletion, bilingual order."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin


class HouseAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """History on every screen, savings buttons on top of long forms, fifty rows a page."""

    save_on_top = True
    list_per_page = 50
    show_full_result_count = False


class TrashFilter(admin.SimpleListFilter):
    """What is kept, or what is in the trash."""

    title = _("trash")
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice beside the usual."""
        return [("yes", _("In the trash"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Kept rows unless the trash is asked for."""
        return queryset.filter(trashed_at__isnull=self.value() != "yes")


class TrashAdmin(HouseAdmin):
    """Deleting puts in the trash; nothing described is ever lost by a click."""

    actions = ["take_back"]

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """To the trash."""
        obj.trashed_at = timezone.now()  # type: ignore[attr-defined]
        obj.save()
        messages.info(request, _("It is in the trash; choose “In the trash” beside the list to take it back."))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """To the trash, one by one, so that history and index follow."""
        for obj in queryset:
            self.delete_model(request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Nothing goes with it: the trash takes only what was chosen."""
        return [str(obj) for obj in objs], {str(self.opts.verbose_name_plural): len(objs)}, set(), []

    @admin.action(description=_("Take back from the trash"))
    def take_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Out of the trash."""
        for obj in queryset:
            obj.trashed_at = None
            obj.save()
        messages.success(request, _("Taken back."))
