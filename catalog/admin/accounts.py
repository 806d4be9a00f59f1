"""Members of staff."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import User


@admin.register(User)
class StaffAdmin(UserAdmin[User]):
    """Django's own, with the name shown and the language."""

    fieldsets = (*(UserAdmin.fieldsets or ()), (_("Ký Ức"), {"fields": ("display_name", "language")}))
    list_display = ("username", "display_name", "email", "is_staff", "last_login")
