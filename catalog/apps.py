"""The one app."""

import sys
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _ensure_roles(app_config: AppConfig, **_kwargs: Any) -> None:
    # Permissions of every app exist only once the last of them has been migrated.
    if app_config is list(apps.get_app_configs())[-1]:
        from catalog.accounts.actions import ensure_roles

        ensure_roles()


def _what_runs() -> str:
    """The command that this process is, for the log: its name and never its arguments."""
    command = sys.argv[1] if len(sys.argv) > 1 and Path(sys.argv[0]).name == "manage.py" else ""
    return f"manage.py {command}" if command.isidentifier() else "server"


class CatalogConfig(AppConfig):
    """Label `catalog`; roles are made once permissions exist, which Django says by post_migrate."""

    name = "catalog"
    label = "catalog"
    verbose_name = _("Archive")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from catalog.intake.room import oldest_queued
        from catalog.jobs.queries import oldest_due
        from catalog.reading.proposals.actions import follow_chosen_texts
        from catalog.search.checks import engine_is_installed, engine_is_large_enough
        from catalog.search.waiting import oldest_change_time
        from catalog.upkeep.log import log_sign_ins
        from catalog.upkeep.reporting import report_unhandled
        from catalog.upkeep.waiting import monitor_queue

        post_migrate.connect(_ensure_roles, dispatch_uid="catalog.ensure_roles")
        register(engine_is_installed)
        register(engine_is_large_enough, Tags.database)
        monitor_queue("index", oldest_change_time)
        monitor_queue("files", oldest_queued)
        monitor_queue("jobs", oldest_due)
        follow_chosen_texts()
        log_sign_ins()
        if settings.UPKEEP_APART:
            report_unhandled(_what_runs())
