"""What changed, written in the same transaction as the change, for whoever follows (the search room does).

Stands low in the house because every room above writes here and none may know who reads.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.changes.writing import RevisionedModel

DocumentKey = tuple[str, int]


class Change(models.Model):
    """One thing that must be looked at again: its kind (`record`, `page`, `exhibition`, or `below`: a record with all
    that stands in it and every page) and its primary key.

    `hides`: the index may hold something of it that is public no more, so that nobody from outside is shown or counted
    it before the index has followed.
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


def enqueue_changes(things: Iterable[DocumentKey], *, hides: bool = False) -> None:
    """Write an outbox row for each (kind, key); call inside the transaction of the change itself.

    hides: something of it that was public is public no more (see `Change`).
    """
    Change.objects.bulk_create([Change(kind=kind, key=key, hides=hides) for kind, key in dict.fromkeys(things)])


class IndexedModel(RevisionedModel):
    """A model whose every save and delete leaves its outbox rows in the same transaction.

    Bulk writes (`bulk_create`, `update`) pass by `save`: the action that uses them calls `enqueue_changes` itself.
    """

    class Meta:
        abstract = True

    def stale_documents(self) -> Iterable[DocumentKey]:
        """The (kind, key) pairs that a change of this row makes stale."""
        raise NotImplementedError

    def withholds(self) -> bool:
        """Whether the row as it is about to be saved may keep something from the public that was shown before."""
        return False

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and note what became stale, or do neither."""
        with transaction.atomic():
            hides = self.withholds()
            super().save(*args, **kwargs)
            enqueue_changes(self.stale_documents(), hides=hides)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, and note what became stale, or do neither."""
        with transaction.atomic():
            stale = list(self.stale_documents())
            gone = super().delete(*args, **kwargs)
            enqueue_changes(stale, hides=True)
        return gone


M = TypeVar("M", bound=models.Model)


class TrashableManager(models.Manager[M]):
    """Words for what is and is not in the trash."""

    def kept(self) -> models.QuerySet[M]:
        """Rows not in the trash."""
        return self.filter(trashed_at__isnull=True)

    def trashed(self) -> models.QuerySet[M]:
        """Rows in the trash."""
        return self.filter(trashed_at__isnull=False)


class TrashableModel(models.Model):
    """A model whose deletion by a person is a move to the trash, from which it can be taken back."""

    # No index: nearly every row has none, and SQLite would look things up by it. Large tables index what is in the
    # trash.
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
    """A row that a person deleted, with everything that went with it, kept so that it can be put back.

    For rows that nothing public is looked up by after deletion (statements, numbers, custody events, panels and the
    like): they leave their table, so that no page can show them by mistake. Records, pages, mentions, persons, covers
    and exhibitions stay in theirs with `trashed_at`, since others refer to them.

    content: what `changes.trash` needs to make the rows again. record: primary key of the record it belonged to, whose
    visibility decides who sees it in the trash; staff_only: it was for those who may see staff notes.
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
