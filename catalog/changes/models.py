"""What changed, written in the same transaction as the change, for whoever follows (the search room does).

Stands low in the house because every room above writes here and none may know who reads.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

Followed = tuple[str, int]


class Change(models.Model):
    """One thing that must be looked at again: its kind (`record`, `page`, `exhibition`) and its primary key."""

    kind = models.CharField(_("kind"), max_length=20)
    key = models.BigIntegerField(_("key"))
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("change")
        verbose_name_plural = _("changes")

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def note_changes(things: Iterable[Followed]) -> None:
    """Write an outbox row for each (kind, key); call inside the transaction of the change itself."""
    Change.objects.bulk_create([Change(kind=kind, key=key) for kind, key in dict.fromkeys(things)])


class FollowedModel(models.Model):
    """A model whose every save and delete leaves its outbox rows in the same transaction.

    Bulk writes (`bulk_create`, `update`) pass by `save`: the action that uses them calls `note_changes` itself.
    """

    class Meta:
        abstract = True

    def followed(self) -> Iterable[Followed]:
        """The (kind, key) pairs that a change of this row makes stale."""
        raise NotImplementedError

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and note what became stale, or do neither."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            note_changes(self.followed())

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, and note what became stale, or do neither."""
        with transaction.atomic():
            stale = list(self.followed())
            gone = super().delete(*args, **kwargs)
            note_changes(stale)
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

    # No index: nearly every row has none, and SQLite would look things up by it. Large tables index what is in the trash.
    trashed_at = models.DateTimeField(_("put in the trash at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
