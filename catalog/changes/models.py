"""The outbox: what changed, written in the same transaction as the change and read by the search room.

It is a low room because every room above writes to the outbox, and none may import the one that reads it.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.changes.writing import RevisionedModel

# The kind and the primary key of something whose documents in the index are stale; see `Change`.
DocumentKey = tuple[str, int]


class Change(models.Model):
    """An outbox row: something that must be indexed again, by its kind (`record`, `page`, `exhibition`, or `below`: a
    record with all records and pages below it) and its primary key.

    `hides`: the index may contain something of it that is no longer public. Until the index is up to date, the public
    is not shown it, and it is not counted for the public.
    """

    kind = models.CharField(_("kind"), max_length=20)
    key = models.BigIntegerField(_("key"))
    hides = models.BooleanField(_("withholds something"), default=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(fields=["kind", "key"], name="change_hides", condition=models.Q(hides=True)),
            models.Index(fields=["key"], name="change_below", condition=models.Q(kind="below")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def enqueue_changes(documents: Iterable[DocumentKey], *, hides: bool = False) -> None:
    """Write an outbox row for each (kind, key). Call inside the transaction of the change itself.

    hides: something of it was public and no longer is (see `Change`).
    """
    Change.objects.bulk_create([Change(kind=kind, key=key, hides=hides) for kind, key in dict.fromkeys(documents)])


class IndexedModel(RevisionedModel):
    """A model of which every save and delete writes its outbox rows in the same transaction.

    Bulk writes (`bulk_create`, `update`) don't call `save`: an action that uses them calls `enqueue_changes` itself.
    """

    class Meta:
        abstract = True

    def stale_documents(self) -> Iterable[DocumentKey]:
        """The (kind, key) pairs that a change of this row makes stale."""
        raise NotImplementedError

    def withholds(self) -> bool:
        """Whether saving the row in its present state may hide something that was public before."""
        return False

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save and write the outbox rows, or do neither."""
        with transaction.atomic():
            hides = self.withholds()
            super().save(*args, **kwargs)
            enqueue_changes(self.stale_documents(), hides=hides)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete and write the outbox rows, or do neither."""
        with transaction.atomic():
            stale = list(self.stale_documents())
            deleted = super().delete(*args, **kwargs)
            enqueue_changes(stale, hides=True)
        return deleted


M = TypeVar("M", bound=models.Model)


class TrashableManager(models.Manager[M]):
    """Query sets of the rows that are and are not in the trash."""

    def kept(self) -> models.QuerySet[M]:
        """Rows not in the trash."""
        return self.filter(trashed_at__isnull=True)

    def trashed(self) -> models.QuerySet[M]:
        """Rows in the trash."""
        return self.filter(trashed_at__isnull=False)


class TrashableModel(models.Model):
    """A model whose rows move to the trash when a person deletes them, and can be restored from there."""

    # No index on the column: it is null in nearly every row, and SQLite would still choose such an index. Large tables
    # have a partial index of the rows in the trash.
    trashed_at = models.DateTimeField(_("put in the trash at"), null=True, blank=True, editable=False)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("put in the trash by"),
    )

    class Meta:
        abstract = True


class TrashedRow(models.Model):
    """A row that a person deleted, with everything that was deleted with it, kept so that it can be restored.

    For rows to which no other row refers (statements, numbers, custody events, panels and the like): they leave their
    table, so that no page can show them by mistake. Records, pages, mentions, persons, covers and exhibitions stay in
    their tables with `trashed_at`, since other rows refer to them.

    content: what `changes.trash` needs to create the rows again. record: primary key of the record it belonged to;
    the visibility of that record decides who sees it in the trash. staff_only: only for users who may see staff notes.
    """

    model = models.CharField(_("kind of thing"), max_length=60)
    key = models.BigIntegerField(_("key"))
    name = models.CharField(_("name"), max_length=300)
    content = models.JSONField(_("content"))
    record = models.BigIntegerField(_("record"), null=True, blank=True)
    staff_only = models.BooleanField(_("for staff only"), default=False)
    trashed_at = models.DateTimeField(_("put in the trash at"), default=timezone.now, db_index=True)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("put in the trash by"),
    )

    class Meta:
        app_label = "catalog"
        ordering = ["-pk"]
        verbose_name = _("thing in the trash")
        verbose_name_plural = _("things in the trash")

    def __str__(self) -> str:
        return self.name
