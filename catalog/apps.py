"""The one app."""

from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _ensure_roles(app_config: AppConfig, **_kwargs: Any) -> None:
    # Permissions of every app exist only once the last of them has been migrated.
    if app_config is list(apps.get_app_configs())[-1]:
        from catalog.accounts.actions import ensure_roles

        ensure_roles()


class CatalogConfig(AppConfig):
    """Label `catalog`; roles are made once permissions exist, which Django says by post_migrate."""

    name = "catalog"
    label = "catalog"
    verbose_name = _("Archive")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from catalog.search.checks import engine_is_installed, engine_is_large_enough

        post_migrate.connect(_ensure_roles, dispatch_uid="catalog.ensure_roles")
        register(engine_is_installed)
        register(engine_is_large_enough, Tags.database)
