"""A person: a hypothesis that several mentions are the same human being."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel, TrashableManager, TrashableModel
from catalog.changes.writing import Actor, RevisionedModel
from catalog.people.models.names import NameForm
from catalog.sources.models import Source


class Person(IndexedModel, TrashableModel):
    """One human being as the archive understands the papers. It never says "died": that is a statement with a
    source."""

    class Life(models.TextChoices):
        UNKNOWN = "unknown", _("not known")
        LIVING = "living", _("living or presumed living")
        DEAD = "dead", _("dead, by a cited source")

    name_vi = models.CharField(_("name shown"), max_length=150)
    name_en = models.CharField(_("name shown (English)"), max_length=150, blank=True)
    summary_vi = models.CharField(_("one line (Vietnamese)"), max_length=300, blank=True)
    summary_en = models.CharField(_("one line (English)"), max_length=300, blank=True)
    life = models.CharField(_("life"), max_length=8, choices=Life, default=Life.UNKNOWN)
    life_source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source for life or death")
    )
    public_figure = models.BooleanField(
        _("public figure"), default=False, help_text=_("Shown although living: named in the press for a public office.")
    )
    invented = models.BooleanField(_("invented for demonstration"), default=False)
    note = models.TextField(_("note for staff"), blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("same person as")
    )
    objects: ClassVar[TrashableManager[Self]] = TrashableManager()
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["name_vi", "pk"]
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        permissions = [
            ("judge_life", "Can say whether a person lives, and by which source"),
            ("show_living", "Can show a living person to the public (a public office)"),
        ]
        constraints = [
            models.CheckConstraint(
                name="person_dead_only_by_a_source",
                condition=~models.Q(life="dead") | models.Q(life_source__isnull=False),
            ),
            models.CheckConstraint(name="person_not_merged_into_self", condition=~models.Q(merged_into=models.F("pk"))),
        ]

    def __str__(self) -> str:
        return self.name_vi

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Only the person; the search room knows which documents show a person."""
        return [("person", self.pk)]


class PersonMerge(models.Model):
    """The merge of one person into another, with what was moved, so that it can be undone.

    moved: for each row that the merge changed, its model, key and name, and its columns before and after.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="merges", verbose_name=_("person"))
    into = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("same person as"))
    moved = models.JSONField(default=list)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-pk"]
        verbose_name = _("merge of two persons")
        verbose_name_plural = _("merges of persons")

    def __str__(self) -> str:
        return f"{self.person} → {self.into}"


class PersonName(RevisionedModel):
    """One of the names of a person, with its kind, as a source gives it."""

    class Kind(models.TextChoices):
        BIRTH = "birth", _("birth name")
        USUAL = "usual", _("usual name")
        ALIAS = "alias", _("alias (bí danh)")
        PEN = "pen", _("pen name")
        NICK = "nick", _("nickname")
        UNMARKED = "unmarked", _("without marks, as printed abroad")

    person = models.ForeignKey(Person, models.CASCADE, related_name="names", verbose_name=_("person"))
    value = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.USUAL)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    form = models.ForeignKey(NameForm, models.PROTECT, null=True, editable=False, related_name="person_names")
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["kind", "pk"]
        verbose_name = _("name of a person")
        verbose_name_plural = _("names of persons")
        constraints = [models.UniqueConstraint(fields=["person", "value", "kind"], name="person_name_once")]

    def __str__(self) -> str:
        return self.value

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """Fill in the searchable form of the name."""
        if "value" not in changed:
            return super().before_write(actor, changed)
        self.form = NameForm.objects.of(self.value)
        return super().before_write(actor, changed) | {"form"}
