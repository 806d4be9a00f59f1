"""A unit of description, from fonds to relic (ISAD(G); RiC Record Set, Record, Record Part)."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel, TrashableManager, TrashableModel, enqueue_changes
from catalog.changes.writing import Actor
from catalog.dating.models import DatedModel
from catalog.records.models.repositories import Repository
from catalog.records.numbering import require_number
from catalog.rules.identifiers import clean_identifier, reference_code, reference_key
from catalog.rules.standing import Standing, standing
from catalog.sources.models import Source


class Record(IndexedModel, TrashableModel, DatedModel):
    """A description at one level. Elements follow ISAD(G) (numbers in help texts) and Circular 05/2025/TT-BNV.

    `reference_code`, `chain_published` and `open_from` are derived from the record and everything above it. Only
    actions of `records.actions` change them for everything below, never `save`.
    """

    DERIVED: Sequence[str] = (
        *DatedModel.DERIVED,
        "reference_code",
        "reference_key",
        "chain_published",
        "open_from",
        "published_at",
    )

    class Level(models.TextChoices):
        FONDS = "fonds", _("fonds (phông)")
        COLLECTION = "collection", _("collection (sưu tập)")
        INVENTORY = "inventory", _("inventory (mục lục)")
        FILE = "file", _("file (hồ sơ)")
        DOCUMENT = "document", _("document (văn bản)")
        RELIC = "relic", _("relic (hiện vật)")

    # The order in which levels may stand below one another.
    RANK = {"fonds": 0, "collection": 0, "inventory": 1, "file": 2, "document": 3, "relic": 3}
    ISAD_LEVEL = {
        "fonds": "fonds",
        "collection": "fonds",
        "inventory": "series",
        "file": "file",
        "document": "item",
        "relic": "item",
    }

    class Kind(models.TextChoices):
        NONE = "", _("not given")
        PERSONAL_PAPERS = "personal_papers", _("personal papers")
        ID_CARD = "id_card", _("identity card")
        CALENDAR = "calendar", _("calendar")
        ROSTER = "roster", _("roster")
        PASS = "pass", _("travel pass")
        NOTEBOOK = "notebook", _("notebook or diary")
        LETTER = "letter", _("letter")
        TABLE = "table", _("table or account")
        CERTIFICATE = "certificate", _("certificate")
        REPORT = "report", _("report")
        STATEMENT = "statement", _("statement")
        AGREEMENT = "agreement", _("agreement")
        PHOTOGRAPH = "photograph", _("photograph")
        ARTICLE = "article", _("article")
        EVENT = "event", _("record of an event")
        FILM = "film", _("microfilm")
        PANEL = "panel", _("exhibition panel")
        OTHER = "other", _("other")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Access(models.TextChoices):
        OPEN = "open", _("open")
        RESTRICTED = "restricted", _("restricted: reading room and staff")
        CLOSED = "closed", _("closed")

    repository = models.ForeignKey(Repository, models.PROTECT, related_name="records", verbose_name=_("repository"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    level = models.CharField(_("level"), max_length=12, choices=Level, default=Level.FILE, help_text="ISAD(G) 3.1.4")
    kind = models.CharField(_("kind of document"), max_length=20, choices=Kind, blank=True, default=Kind.NONE)
    code = models.CharField(
        _("code within its parent"), max_length=60, help_text=_("Mã phông, mục lục số, mã hồ sơ or ordinal number.")
    )
    reference_code = models.CharField(_("reference code"), max_length=300, unique=True, editable=False)
    # The reference code as it is looked up (`rules.identifiers.reference_key`).
    reference_key = models.CharField(max_length=300, editable=False, default="")
    position = models.PositiveIntegerField(_("order"), default=0)

    title_vi = models.CharField(_("title (Vietnamese)"), max_length=500, help_text="ISAD(G) 3.1.2")
    title_en = models.CharField(_("title (English)"), max_length=500, blank=True)
    creator_vi = models.CharField(_("creator (Vietnamese)"), max_length=300, blank=True, help_text="ISAD(G) 3.2.1")
    creator_en = models.CharField(_("creator (English)"), max_length=300, blank=True)
    creator_history_vi = models.TextField(
        _("history of the creator (Vietnamese)"), blank=True, help_text="ISAD(G) 3.2.2"
    )
    creator_history_en = models.TextField(_("history of the creator (English)"), blank=True)
    archival_history = models.TextField(_("archival history"), blank=True, help_text="ISAD(G) 3.2.3")
    acquisition_vi = models.TextField(_("acquisition (Vietnamese)"), blank=True, help_text="ISAD(G) 3.2.4")
    acquisition_en = models.TextField(_("acquisition (English)"), blank=True)
    description_vi = models.TextField(_("scope and content (Vietnamese)"), blank=True, help_text="ISAD(G) 3.3.1")
    description_en = models.TextField(_("scope and content (English)"), blank=True)
    retention = models.CharField(
        _("retention (thời hạn lưu trữ)"), max_length=100, blank=True, help_text="ISAD(G) 3.3.2; TT 05/2025"
    )
    accruals = models.TextField(_("accruals"), blank=True, help_text="ISAD(G) 3.3.3")
    arrangement = models.TextField(_("arrangement (phương án phân loại)"), blank=True, help_text="ISAD(G) 3.3.4")
    key_groups = models.TextField(_("main groups of documents"), blank=True, help_text="TT 05/2025")
    fonds_open = models.BooleanField(_("fonds still grows"), null=True, blank=True, help_text="TT 05/2025")
    languages = models.CharField(_("languages (ISO 639-1, comma)"), max_length=60, blank=True, help_text="vi,en")
    keywords = models.CharField(_("keywords (comma)"), max_length=500, blank=True)
    information_sign = models.CharField(_("information sign (ký hiệu thông tin)"), max_length=100, blank=True)
    document_number = models.CharField(_("number and symbol of the document"), max_length=100, blank=True)
    autograph = models.CharField(_("handwriting on it (bút tích)"), max_length=300, blank=True)
    confidence = models.CharField(_("trustworthiness (mức độ tin cậy)"), max_length=100, blank=True)
    documents_count = models.PositiveIntegerField(_("number of documents"), null=True, blank=True)
    sheets_count = models.PositiveIntegerField(_("sheets (tờ)"), null=True, blank=True)
    pages_count = models.PositiveIntegerField(_("pages (trang)"), null=True, blank=True, help_text="ISAD(G) 3.1.5")
    extent = models.CharField(_("extent in words"), max_length=200, blank=True)
    physical_condition = models.CharField(
        _("physical condition (tình trạng vật lý)"), max_length=300, blank=True, help_text="ISAD(G) 3.4.4"
    )
    paper_file_code = models.CharField(_("code of the paper original"), max_length=100, blank=True)
    backup = models.CharField(_("back-up (dự phòng)"), max_length=200, blank=True)
    box = models.CharField(_("box (hộp/cặp)"), max_length=60, blank=True)
    finding_aids = models.TextField(_("finding aids"), blank=True, help_text="ISAD(G) 3.4.5")
    related_material = models.TextField(_("related material"), blank=True, help_text="ISAD(G) 3.5.3")
    publication_note = models.TextField(_("published in"), blank=True, help_text="ISAD(G) 3.5.4")
    note_vi = models.TextField(_("note (Vietnamese)"), blank=True, help_text="ISAD(G) 3.6.1")
    note_en = models.TextField(_("note (English)"), blank=True)
    archivist_note = models.TextField(_("archivist's note (staff)"), blank=True, help_text="ISAD(G) 3.7.1")

    access_level = models.CharField(_("access"), max_length=10, choices=Access, default=Access.OPEN)
    access_until = models.DateField(_("closed until"), null=True, blank=True)
    access_reason = models.CharField(_("reason for closing"), max_length=300, blank=True)
    rights_uri = models.URLField(_("rights statement (URI)"), max_length=300, blank=True)
    rights_note_vi = models.CharField(_("rights note (Vietnamese)"), max_length=300, blank=True)
    rights_note_en = models.CharField(_("rights note (English)"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, db_index=True)
    published_at = models.DateTimeField(_("first published"), null=True, blank=True, editable=False, db_index=True)
    # Derived from this record and everything above it; read only by `records.queries.visible_to`.
    chain_published = models.BooleanField(_("published, with all above it"), default=False, editable=False)
    open_from = models.DateField(
        _("open from"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The day from which access to this record and all above it is open; empty means never."),
    )
    invented = models.BooleanField(_("invented for demonstration"), default=False)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, verbose_name=_("source of the description")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    objects: ClassVar[TrashableManager[Self]] = TrashableManager()
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["position", "code", "pk"]
        verbose_name = _("record")
        verbose_name_plural = _("records")
        permissions = [
            ("view_unpublished", "Can see drafts and records in review"),
            ("view_closed", "Can see records whose access is restricted or closed"),
            ("publish_record", "Can publish and withdraw records"),
            ("close_record", "Can open and close records"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["parent", "code"], name="record_code_once_in_parent"),
            models.UniqueConstraint(
                fields=["repository", "code"], condition=models.Q(parent=None), name="record_code_once_at_top"
            ),
            models.CheckConstraint(name="record_not_within_itself", condition=~models.Q(parent=models.F("pk"))),
            models.CheckConstraint(
                name="record_closed_for_a_reason", condition=models.Q(access_level="open") | ~models.Q(access_reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["chain_published", "open_from", "-published_at"], name="record_newly_public"),
            models.Index(fields=["reference_key"], name="record_reference_key"),
            models.Index(fields=["trashed_at"], name="record_in_trash", condition=models.Q(trashed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.title_vi}"

    @property
    def isad_level(self) -> str:
        """The level in ISAD(G)'s words (3.1.4)."""
        return self.ISAD_LEVEL[self.level]

    def clean(self) -> None:
        """Refuse an impossible place in the hierarchy, and an invalid date."""
        super().clean()
        if self.parent is None:
            return
        if self.RANK[self.level] <= self.RANK[self.parent.level]:
            raise ValidationError(
                {
                    "parent": _("A %(level)s cannot stand within a %(above)s. Choose a record of a higher level.")
                    % {"level": self.get_level_display(), "above": self.parent.get_level_display()}
                }
            )
        above: Record | None = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": _("This record would stand within itself.")})
            above = above.parent

    def stale_documents(self) -> Iterable[DocumentKey]:
        """The record alone: its pages are noted when what they inherit from it changes."""
        return [("record", self.pk)]

    @property
    def standing(self) -> Standing:
        """Its standing (who may see it) from its two columns."""
        return Standing(self.chain_published, self.open_from)

    def derive(self) -> None:
        """Fill in reference code and standing from the record and its parent as loaded."""
        super().derive()
        above = self.parent
        self.reference_code = reference_code([above.reference_code if above else self.repository.code, self.code])
        self.reference_key = reference_key(self.reference_code)
        new_standing = standing(
            published=self.status == self.Status.PUBLISHED,
            trashed=self.trashed_at is not None,
            open=self.access_level == self.Access.OPEN,
            closed_until=self.access_until,
            above=above.standing if above else None,
        )
        self.chain_published, self.open_from = new_standing.chain_published, new_standing.open_from
        if self.published_at is None and new_standing.is_public(timezone.localdate()):
            self.published_at = timezone.now()

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """Load the parent as it is now, and lock it until this is saved."""
        filled = super().before_write(actor, changed)
        if self.parent_id is not None:
            self.parent = Record._base_manager.select_for_update(no_key=True).get(pk=self.parent_id)
        self._before = (self.standing, self.reference_code) if "id" not in changed else None
        # If a spread above has not yet reached everything below this record, moving it must start a spread of its own.
        self._has_spread_above = self._before is not None and "parent" in changed and Spread.objects.withhold(self.pk)
        return filled

    def after_write(self, actor: Actor, changed: frozenset[str]) -> None:
        """Pass changes on to everything below: at once if there is nothing below, else by a spread that the action
        carries out after this transaction."""
        super().after_write(actor, changed)
        before = self._before
        is_unchanged = (
            before == (self.standing, self.reference_code)
            and "trashed_at" not in changed
            and not self._has_spread_above
        )
        if before is None or is_unchanged:
            return
        today = timezone.localdate()
        hides = self._has_spread_above or not (before[0].is_public(today) and self.standing.is_public(today))
        if self.children.exists():
            Spread.objects.create(record=self, hides=hides)
        else:
            enqueue_changes([("below", self.pk)], hides=hides)


# The record itself and everything above it.
SELF_AND_ANCESTORS = (
    "WITH RECURSIVE above(id, parent_id) AS (SELECT id, parent_id FROM catalog_record WHERE id = %s"
    " UNION SELECT r.id, r.parent_id FROM catalog_record r JOIN above ON r.id = above.parent_id) SELECT id FROM above"
)


class SpreadManager(models.Manager["Spread"]):
    """Looks upwards from a record: many rows may be below it, but only a few above."""

    def withhold(self, record: int) -> bool:
        """Whether a change that hides the record, or one above it, has not yet reached everything below.

        record: its primary key; its place in the hierarchy is read from the database.
        """
        above = RawSQL(SELF_AND_ANCESTORS, [record])  # noqa: S611 — its value is a parameter
        return self.filter(hides=True, record__in=above).exists()


class Spread(models.Model):
    """A change of a record (standing, reference code) that is being passed on to everything below it.

    hides: until it is finished, the public sees nothing of the record or below it. So nothing stays public too long,
    however many rows there are and whatever interrupts the work. See `records.actions.standing`.
    """

    record = models.ForeignKey(Record, models.CASCADE, related_name="spreads", verbose_name=_("record"))
    hides = models.BooleanField(default=True)
    began_at = models.DateTimeField(_("begun"), auto_now_add=True)
    done = models.PositiveIntegerField(_("records looked at"), default=0)

    objects = SpreadManager()

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("change being applied below")
        verbose_name_plural = _("changes being applied below")

    def __str__(self) -> str:
        return f"{self.record_id}"


class Identifier(IndexedModel):
    """A number by which a record is known, in a scheme. Matched exactly after visible clean-up; never fuzzily."""

    DERIVED: Sequence[str] = ("matched",)

    class Scheme(models.TextChoices):
        VVA_ITEM = "vva", _("Virtual Vietnam Archive item number")
        CDEC_LOG = "cdec_log", _("CDEC log number")
        CDEC_BULLETIN = "cdec_bulletin", _("CDEC bulletin number")
        LOCAL = "local", _("number of this archive")
        PRESS = "press", _("file name in the press")

    record = models.ForeignKey(Record, models.CASCADE, related_name="identifiers", verbose_name=_("record"))
    scheme = models.CharField(_("scheme"), max_length=16, choices=Scheme, default=Scheme.LOCAL)
    value = models.CharField(
        _("number as given"), max_length=120, validators=[RegexValidator(r"\S", _("A number cannot be empty."))]
    )
    matched = models.CharField(_("as matched"), max_length=120, unique=True, editable=False)
    primary = models.BooleanField(_("used in the address"), default=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["-primary", "pk"]
        verbose_name = _("number")
        verbose_name_plural = _("numbers")
        constraints = [
            models.UniqueConstraint(fields=["record"], condition=models.Q(primary=True), name="identifier_one_primary")
        ]

    def __str__(self) -> str:
        return self.value

    def clean(self) -> None:
        """Refuse a number that another record has or that no address can hold, with an error at the field."""
        super().clean()
        matched = clean_identifier(self.value).value.upper()
        is_unchanged = Identifier.objects.filter(pk=self.pk, matched=matched).exists() if self.pk else False
        if self.value.strip() and not is_unchanged:
            # A number that came with an older archive and was not changed is accepted.
            require_number(self.value)
        taken = Identifier.objects.filter(matched=matched).exclude(pk=self.pk).exists()
        if taken:
            raise ValidationError(
                {
                    # Without the title: the user may not be allowed to see the record that has the number.
                    "value": _("%(number)s already names another record.") % {"number": matched}
                }
            )

    def derive(self) -> None:
        """Fill in the cleaned form by which it is matched."""
        super().derive()
        self.matched = clean_identifier(self.value).value.upper()

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its record."""
        return [("record", self.record_id)]
