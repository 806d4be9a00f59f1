"""Assembly: the staff screens of Django's admin. Nobody imports this package."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.admin import accounts, authorities, exhibitions, records  # noqa: F401

admin.site.site_header = _("Ký Ức – staff")
admin.site.site_title = _("Ký Ức – staff")
admin.site.index_title = _("Work on the archive")
