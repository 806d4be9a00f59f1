"""Names on pages (mentions), and decisions about who they name (identifications)."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel, TrashableManager, TrashableModel
from catalog.changes.writing import Actor
from catalog.people.models import NameForm, Person, Unit
from catalog.places.models import Place
from catalog.records.models.boxes import BoxedModel
from catalog.records.models.pages import Page
from catalog.records.models.records import Record
from catalog.rules.dates import years_of
from catalog.rules.identifiers import number_key
from catalog.rules.text import fold
from catalog.sources.models import Source


class Mention(IndexedModel, TrashableModel, BoxedModel):
    """A name as written, with everything that the same lines say about the person. This is what families find.

    Years, keys and the unit are derived from the words; the unit not if a person chose it (`unit_by_hand`). The forms
    of the name under which it is found are written with it.
    """

    DERIVED: Sequence[str] = (
        "born_from",
        "born_to",
        "enlisted_from",
        "enlisted_to",
        "died_from",
        "died_to",
        "number_key",
        "home_key",
    )

    record = models.ForeignKey(Record, models.CASCADE, related_name="mentions", verbose_name=_("record"))
    page = models.ForeignKey(
        Page, models.PROTECT, null=True, blank=True, related_name="mentions", verbose_name=_("page")
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    name = models.CharField(_("name as written"), max_length=200)
    rank = models.CharField(_("rank"), max_length=80, blank=True)
    post = models.CharField(_("post"), max_length=120, blank=True)
    unit_text = models.CharField(_("unit as written"), max_length=200, blank=True)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mentions",
        verbose_name=_("unit"),
        help_text=_("Filled in from the words when they name a unit and this is left empty."),
    )
    unit_by_hand = models.BooleanField(_("unit chosen by hand"), default=False, editable=False)
    home_text = models.CharField(_("home as written"), max_length=300, blank=True)
    home_key = models.CharField(_("home without marks"), max_length=300, blank=True, editable=False)
    home = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="mentions", verbose_name=_("home")
    )
    local_code = models.CharField(_("local code as written"), max_length=60, blank=True)
    born_text = models.CharField(_("born, as written"), max_length=100, blank=True)
    born_from = models.SmallIntegerField(_("born, from year"), null=True, blank=True, editable=False)
    born_to = models.SmallIntegerField(_("born, to year"), null=True, blank=True, editable=False)
    enlisted_text = models.CharField(_("enlisted, as written"), max_length=200, blank=True)
    enlisted_from = models.SmallIntegerField(_("enlisted, from year"), null=True, blank=True, editable=False)
    enlisted_to = models.SmallIntegerField(_("enlisted, to year"), null=True, blank=True, editable=False)
    died_text = models.CharField(
        _("died, as written"), max_length=200, blank=True, help_text=_("Only what these lines say themselves.")
    )
    died_from = models.SmallIntegerField(_("died, from year"), null=True, blank=True, editable=False)
    died_to = models.SmallIntegerField(_("died, to year"), null=True, blank=True, editable=False)
    service_text = models.CharField(_("other service, as written"), max_length=300, blank=True)
    number = models.CharField(_("service number"), max_length=60, blank=True)
    number_key = models.CharField(
        _("service number, letters and digits alone"), max_length=60, blank=True, editable=False
    )
    weapon_number = models.CharField(_("weapon number"), max_length=60, blank=True)
    height_text = models.CharField(_("height, as written"), max_length=30, blank=True)
    kin = models.TextField(_("kin, as written (staff only)"), blank=True)
    note_vi = models.CharField(_("note (Vietnamese)"), max_length=300, blank=True)
    note_en = models.CharField(_("note (English)"), max_length=300, blank=True)
    lines_text = models.TextField(
        _("the lines it was read from (staff only)"), blank=True, help_text=_("As the page's text has them.")
    )
    invented = models.BooleanField(_("invented for demonstration"), default=False)
    objects: ClassVar[TrashableManager[Self]] = TrashableManager()
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["record", "page__number", "position", "pk"]
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        indexes = [
            models.Index(fields=["number_key"], name="mention_number", condition=~models.Q(number_key="")),
            models.Index(fields=["trashed_at"], name="mention_in_trash", condition=models.Q(trashed_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="mention_box_whole_or_none",
                condition=models.Q(box_x=None, box_y=None, box_w=None, box_h=None)
                | models.Q(box_x__gte=0, box_y__gte=0, box_w__gte=1, box_h__gte=1, page__isnull=False),
            ),
            models.CheckConstraint(name="mention_has_a_name", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a page of another record."""
        super().clean()
        if self.page_id and self.page and self.page.record_id != self.record_id:
            raise ValidationError({"page": _("This page belongs to another record. Choose a page of the same record.")})

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """Derive the unit from the words, unless a person chose it; if the chosen one is removed, derive it again."""
        filled = super().before_write(actor, changed)
        if not changed & {"unit", "unit_text"}:
            return filled
        if "unit" in changed:
            self.unit_by_hand = self.unit_id is not None and self.unit != Unit.objects.of(self.unit_text)
        if not self.unit_by_hand:
            self.unit = Unit.objects.of(self.unit_text) if self.unit_text else None
        return filled | {"unit", "unit_by_hand"}

    def after_write(self, actor: Actor, changed: frozenset[str]) -> None:
        """Update its searchable forms if the name changed."""
        super().after_write(actor, changed)
        if "name" in changed:
            self.write_forms()

    def withholds(self) -> bool:
        """Whether it is in the trash, and so no longer public."""
        return self.trashed_at is not None

    def derive(self) -> None:
        """Fill in what follows from the words alone: years and the keys of number and home."""
        super().derive()
        for name in ("born", "enlisted", "died"):
            first, last = years_of(getattr(self, f"{name}_text"))
            setattr(self, f"{name}_from", first)
            setattr(self, f"{name}_to", last)
        self.number_key = number_key(self.number)
        self.home_key = fold(self.home_text)[:300]

    def write_forms(self) -> None:
        """Make its searchable forms exactly those of the name and its other readings."""
        wanted = {(NameForm.objects.of(self.name).pk, "name")}
        wanted |= {(NameForm.objects.of(reading.value).pk, reading.kind) for reading in self.readings.all()}
        stored = {(form.form_id, form.kind): form for form in self.forms.all()}
        MentionForm.objects.filter(pk__in=[form.pk for key, form in stored.items() if key not in wanted]).delete()
        MentionForm.objects.bulk_create(
            MentionForm(mention=self, form_id=form, kind=kind) for form, kind in sorted(wanted - stored.keys())
        )

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its record and page."""
        changes: list[DocumentKey] = [("record", self.record_id)]
        if self.page_id:
            changes.append(("page", self.page_id))
        return changes


class MentionReading(IndexedModel):
    """Another possible reading of the written name, or another name given in the same lines."""

    class Kind(models.TextChoices):
        ALTERNATE = "alternate", _("another reading of the same writing")
        ALIAS = "alias", _("alias given beside it (tức, bí danh)")

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="readings", verbose_name=_("mention"))
    value = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ALTERNATE)
    note = models.CharField(_("note"), max_length=200, blank=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["kind", "pk"]
        verbose_name = _("other reading")
        verbose_name_plural = _("other readings")
        constraints = [models.UniqueConstraint(fields=["mention", "value", "kind"], name="reading_once")]

    def __str__(self) -> str:
        return self.value

    def after_write(self, actor: Actor, changed: frozenset[str]) -> None:
        """Update the mention's searchable forms."""
        super().after_write(actor, changed)
        self.mention.write_forms()

    def after_delete(self) -> None:
        """Update the mention's searchable forms."""
        self.mention.write_forms()

    def stale_documents(self) -> Iterable[DocumentKey]:
        """What its mention makes stale."""
        return self.mention.stale_documents()


class MentionForm(models.Model):
    """A form of a name under which a mention can be found. Derived; written with the mention."""

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="forms", verbose_name=_("mention"))
    form = models.ForeignKey(NameForm, models.PROTECT, related_name="mention_forms", verbose_name=_("name form"))
    kind = models.CharField(_("kind"), max_length=10, default="name")

    class Meta:
        app_label = "catalog"
        verbose_name = _("searchable form")
        verbose_name_plural = _("searchable forms")
        constraints = [models.UniqueConstraint(fields=["mention", "form", "kind"], name="mention_form_once")]

    def __str__(self) -> str:
        return f"{self.form} ({self.kind})"


class Identification(IndexedModel):
    """The decision that a mention names a person: its certainty, who decided and why. It is withdrawn, not deleted."""

    class Certainty(models.TextChoices):
        CERTAIN = "certain", _("certain")
        PROBABLE = "probable", _("probable")
        POSSIBLE = "possible", _("possible")
        NOT = "not", _("not this person")

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="identifications", verbose_name=_("mention"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="identifications", verbose_name=_("person"))
    certainty = models.CharField(_("certainty"), max_length=8, choices=Certainty)
    reason_vi = models.CharField(_("reason (Vietnamese)"), max_length=400)
    reason_en = models.CharField(_("reason (English)"), max_length=400, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("identification")
        verbose_name_plural = _("identifications")
        constraints = [
            models.UniqueConstraint(
                fields=["mention", "person"], condition=models.Q(withdrawn_at=None), name="identification_once_standing"
            ),
            models.CheckConstraint(name="identification_has_a_reason", condition=~models.Q(reason_vi="")),
        ]

    def __str__(self) -> str:
        return f"{self.mention} = {self.person} ({self.get_certainty_display()})"

    def withholds(self) -> bool:
        """Whether it hides the mention from the public: the person lives and is no public figure."""
        person = self.person
        return person.life == Person.Life.LIVING and not person.public_figure

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its mention's record and page, and the person."""
        return [*self.mention.stale_documents(), ("person", self.person_id)]
