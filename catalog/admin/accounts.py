"""Who has an account, and what it is kept by."""

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

# Their screens would show an administrator a colleague's secret.
admin.site.unregister([TOTPDevice, StaticDevice])


@admin.register(User)
class StaffAdmin(UserAdmin[User]):
    """Django's own, with the name shown, the language and the second factor.

    Whoever is not a superuser makes nobody one, herself included, and changes no superuser: neither the password nor
    the mail address that a new one is sent to.
    """

    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("Ký Ức"), {"fields": ("display_name", "language", "second_factor")}),
    )
    list_display = ("username", "display_name", "email", "is_staff", "last_login")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """`is_superuser` is a superuser's to give."""
        own = () if cast(User, request.user).is_superuser else ("is_superuser",)
        return (*map(str, super().get_readonly_fields(request, obj)), "second_factor", *own)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Superusers are changed by superusers."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Superusers are deleted by superusers."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What goes with an account, without the names of what is its holder's own."""
        return deleted_objects(objs, request, self.admin_site)

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the page on which a colleague's second factor is reset."""
        mine = path(
            "<int:pk>/second-factor/", self.admin_site.admin_view(self.reset_second_factor), name="reset-second-factor"
        )
        return [mine, *super().get_urls()]

    @admin.display(description=_("second factor"))
    def second_factor(self, user: User) -> str:
        """Whether there is one, and the way to reset it."""
        if not user.pk or not has_second_factor(user):
            return gettext("none")
        return format_html(
            '{} · <a href="{}">{}</a>',
            gettext("set up"),
            reverse("admin:reset-second-factor", args=[user.pk]),
            gettext("reset …"),
        )

    def reset_second_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once, then take it away and end her sessions; the log says who did it."""
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
        """Django's; whoever was signed in by the old password no longer is."""
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if request.method == "POST" and response.status_code == 302 and user:
            end_sessions(user, but=request.session.session_key or "")
        return response


def _may_touch(request: HttpRequest, obj: Any) -> bool:
    return obj is None or not obj.is_superuser or cast(User, request.user).is_superuser
