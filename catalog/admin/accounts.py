"""Accounts of users, and resetting their second factor."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from catalog.accounts.models import User
from catalog.accounts.second_factor import has_second_factor, remove_second_factor
from catalog.accounts.sessions import end_sessions
from catalog.admin.withheld import deleted_objects

# These screens of django-otp would show the secret of a colleague.
admin.site.unregister([TOTPDevice, StaticDevice])


@admin.register(User)
class StaffAdmin(UserAdmin[User]):
    """Django's admin of users, with the name shown, the language and the second factor.

    Users who are not superusers cannot make anybody a superuser, themselves included, and cannot change superusers:
    neither the password nor the mail address, to which a new password is sent.
    """

    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("Ký Ức"), {"fields": ("display_name", "language", "second_factor")}),
    )
    list_display = ("username", "display_name", "email", "is_staff", "last_login")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only superusers may set `is_superuser`."""
        superuser_only = () if cast(User, request.user).is_superuser else ("is_superuser",)
        return (*map(str, super().get_readonly_fields(request, obj)), "second_factor", *superuser_only)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers may change superusers."""
        return super().has_change_permission(request, obj) and _may_change_account(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers may delete superusers."""
        return super().has_delete_permission(request, obj) and _may_change_account(request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What is deleted with an account, without names of what only its user may see."""
        return deleted_objects(objs, request, self.admin_site)

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and the page that resets the second factor of a user."""
        reset_page = path(
            "<int:pk>/second-factor/", self.admin_site.admin_view(self.reset_second_factor), name="reset-second-factor"
        )
        return [reset_page, *super().get_urls()]

    @admin.display(description=_("second factor"))
    def second_factor(self, user: User) -> str:
        """Whether the user has one, and a link to reset it."""
        if not user.pk or not has_second_factor(user):
            return gettext("none")
        return format_html(
            '{} · <a href="{}">{}</a>',
            gettext("set up"),
            reverse("admin:reset-second-factor", args=[user.pk]),
            gettext("reset …"),
        )

    def reset_second_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for confirmation, then remove the second factor and end the user's sessions; the log says who did it."""
        user = self.get_object(request, str(pk))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            remove_second_factor(request, user=user, actor=cast(User, request.user))
            messages.success(request, gettext("The second factor is reset, and every sign-in of this user has ended."))
            return redirect("admin:catalog_user_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "user_asked": user,
            "title": gettext("Reset the second factor"),
        }
        return render(request, "admin/reset_second_factor.html", context)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Django's page. Sessions begun with the old password are ended."""
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if request.method == "POST" and response.status_code == 302 and user:
            end_sessions(user, but=request.session.session_key or "")
        return response


def _may_change_account(request: HttpRequest, obj: Any) -> bool:
    return obj is None or not obj.is_superuser or cast(User, request.user).is_superuser
