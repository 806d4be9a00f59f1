"""The site's addresses: Vietnamese at the root, English under /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from catalog import urls as catalog_urls
from catalog.web import sign_in

urlpatterns = [
    path("", include(catalog_urls.without_language)),
    *i18n_patterns(
        # The admin has no sign-in of its own: there is one page for signing in, and one for the own account.
        path("admin/login/", sign_in.from_admin),
        path("admin/logout/", sign_in.sign_out),
        path("admin/password_change/", RedirectView.as_view(pattern_name="me-password")),
        path("admin/", admin.site.urls),
        path("", include(catalog_urls.in_language)),
        prefix_default_language=False,
    ),
]

handler400 = "catalog.web.errors.bad_request"
handler403 = "catalog.web.errors.forbidden"
handler404 = "catalog.web.errors.not_found"
handler500 = "catalog.web.errors.server_error"
