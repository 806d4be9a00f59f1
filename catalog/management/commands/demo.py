"""`manage.py demo`: prepare and serve the demonstration archive, site and worker, in one command."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.management.serving import site_command
from catalog.people.models import NameForm
from catalog.search.actions import is_index_readable

LOGINS = ["archivist", "reviewer", "curator", "family officer", "administrator", "association"]
PASSWORD = "ky-uc-demo"  # noqa: S105 — printed on purpose: the demonstration runs on the user's own machine


class Command(BaseCommand):
    """May be run again: makes what is missing, and never changes what was entered since."""

    help = "Migrate, load the fixture archive, index it, and serve it with its worker until Ctrl-C."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--host and --port."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--prepare-only", action="store_true", help="set everything up, serve nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the archive; then serve it until Ctrl-C."""
        host, port = options["host"], options["port"]
        began = time.monotonic()
        if not options["prepare_only"]:
            self._check_port(host, port)
        self._check_folders()
        self._prepare()
        if options["prepare_only"]:
            return
        self._serve(host, port, began)

    def _check_port(self, host: str, port: int) -> None:
        if not 0 < port < 65536:
            raise CommandError(f"There is no port {port}. Choose one from 1024 to 65535, for example: --port 8001")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                raise CommandError(f"This account may not use port {port}. Choose another: --port 8001") from None
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {host} cannot be used ({error.strerror}). Choose another: --port {port + 1}"
                ) from None

    def _check_folders(self) -> None:
        for folder in (Path(settings.VAR_DIR), Path(settings.MEDIA_ROOT)):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / ".writable").touch()
                (folder / ".writable").unlink()
            except OSError as error:
                raise CommandError(
                    f"The folder {folder} cannot be written ({error.strerror}). Set VAR_DIR and MEDIA_DIR to folders "
                    "of your own."
                ) from None

    def _prepare(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Making the database …")
            call_command("migrate", verbosity=0, interactive=False)
        if NameForm.objects.outdated().exists():
            call_command("rekey")
        self._collect_static()
        call_command("load_archive", only_if_empty=True)
        self._make_logins()
        if Change.objects.exists() or not is_index_readable():
            call_command("index")

    def _collect_static(self) -> None:
        digest = hashlib.sha256()
        for finder in finders.get_finders():
            for path, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
                digest.update(f"{path} {storage.get_modified_time(path)}".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if not stamp.exists() or stamp.read_text() != digest.hexdigest():
            call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            stamp.write_text(digest.hexdigest())

    def _make_logins(self) -> None:
        for role in LOGINS:
            name = role.replace(" ", "-")
            if User.objects.filter(username=name).exists():
                continue
            user = User.objects.create_user(
                name, password=PASSWORD, is_staff=role != "association", is_superuser=role == "administrator"
            )
            user.groups.add(Group.objects.get(name=role))

    def _serve(self, host: str, port: int, began: float) -> None:
        manage = str(settings.BASE_DIR / "manage.py")
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        site = site_command(port, threads=settings.SITE_THREADS, host=host)
        # Process groups of their own, so that Ctrl-C reaches only this process, which then stops both in order.
        children = [
            subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)  # noqa: S603
            for command in (site, [sys.executable, manage, "worker"])
        ]
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else host  # noqa: S104
            self._wait_for(host, port, children)
            self.stdout.write(
                f"\nKý Ức stands ready after {time.monotonic() - began:.0f} s:\n\n"
                f"  http://{shown}:{port}/          tiếng Việt\n  http://{shown}:{port}/en/       English\n"
                f"  http://{shown}:{port}/desk/     staff\n\n"
                f"Demonstration logins (password {PASSWORD}): "
                f"{', '.join(role.replace(' ', '-') for role in LOGINS)}\n\n"
                "Ctrl-C stops it.\n"
            )
            # Output into a file is buffered; it should be there now and not only at the end.
            self.stdout.flush()
            while all(child.poll() is None for child in children):
                time.sleep(0.3)
            raise CommandError("The site or its worker stopped by itself; the lines above say why.")
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            for child in children:
                if child.poll() is None:
                    child.terminate()
            for child in children:
                try:
                    child.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    child.kill()
        self.stdout.write("Stopped.")

    def _wait_for(self, host: str, port: int, children: list[subprocess.Popen[bytes]]) -> None:
        near = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        for _ in range(300):
            if any(child.poll() is not None for child in children):
                raise CommandError("The site or its worker could not start; the lines above say why.")
            try:
                with urllib.request.urlopen(f"http://{near}:{port}/health?ready", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise CommandError("The site did not answer within 30 s.")
