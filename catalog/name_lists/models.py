"""Lists of names that members of staff and associations search all at once."""

import os
import secrets
import uuid
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import User

FOLDER = "lists"


class AnonymousFileField(models.FileField):
    """A file stored under a random name, since its original name may contain a person's name."""

    def generate_filename(self, instance: models.Model | None, filename: str | os.PathLike[str]) -> str:
        """A random name with the suffix of `filename`."""
        return f"{FOLDER}/{secrets.token_hex(16)}{PurePath(filename).suffix}"

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Deconstruct as a plain FileField: migrations must not import a class that may be moved."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs


class NameList(models.Model):
    """One list: the uploaded table and the answers, for as long as the owner agreed, and the progress.

    Without `keep` the table is deleted after it was answered, and the answers after they were downloaded, or at
    `expires_at` at the latest. `problems` has [line, heading, code] of rows that could not be searched, never their
    words. `run` identifies the worker that answers it: another worker that starts the list changes it, and the first
    one stops.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting for its turn")
        WORKING = "working", _("being worked through")
        DONE = "done", _("finished")
        FAILED = "failed", _("could not be finished")

    token = models.UUIDField(_("identifier in addresses"), default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="name_lists", verbose_name=_("owner"))
    original_name = models.CharField(_("name of the file as it came"), max_length=200)
    file = AnonymousFileField(_("file"), blank=True)
    result = AnonymousFileField(_("answers"), blank=True)
    as_csv = models.BooleanField(_("answers as CSV"), default=False)
    keep = models.BooleanField(_("kept by consent"), default=False)
    language = models.CharField(_("language"), max_length=2, default="vi")
    site = models.CharField(_("address of the site"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    error = models.CharField(_("what went wrong"), max_length=20, blank=True)
    run = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    total = models.PositiveIntegerField(_("names"), default=0)
    done = models.PositiveIntegerField(_("names looked for"), default=0)
    matched = models.PositiveIntegerField(_("names with a match"), default=0)
    possible = models.PositiveIntegerField(_("names with possible results alone"), default=0)
    wrong = models.PositiveIntegerField(_("rows with an error"), default=0)
    problems = models.JSONField(_("errors"), default=list, blank=True)
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("deleted after"), null=True, blank=True, db_index=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-created_at", "-pk"]
        verbose_name = _("list of names")
        verbose_name_plural = _("lists of names")
        permissions = [("search_lists", "Can look for a whole list of names at once")]

    def __str__(self) -> str:
        return self.original_name

    @property
    def under_way(self) -> bool:
        """Whether it is not finished yet."""
        return self.state in (self.State.QUEUED, self.State.WORKING)
