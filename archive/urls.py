"""The site's addresses: Vietnamese at the root, English under /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from catalog import urls as catalog_urls

urlpatterns = [
    path("", include(catalog_urls.without_language)),
    *i18n_patterns(
        path("admin/", admin.site.urls),
        path("", include(catalog_urls.in_language)),
        prefix_default_language=False,
    ),
]

handler400 = "catalog.web.errors.bad_request"
handler403 = "catalog.web.errors.forbidden"
handler404 = "catalog.web.errors.not_found"
handler500 = "catalog.web.errors.server_error"
