"""Records with their numbers, pages, images, mentions and other rows of their own."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Max, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.accounts.models import User
from catalog.admin.base import HouseAdmin, HouseStacked, HouseTabular, RevisionForm, TrashAdmin, TrashFilter, ViewAdmin
from catalog.desk.files import ManyFiles
from catalog.images.models import Scan
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.single_images import take_sent_page
from catalog.intake.uploads import append, begin_upload, queue_uploads, take_in_uploads
from catalog.messages.intake import refusal_in_words
from catalog.records.actions import (
    OwnWork,
    create_record,
    describe_record,
    finish_spreads,
    publish_record,
    restore_record,
    send_to_review,
    trash_record,
    withdraw_identification,
    withdraw_record,
)
from catalog.records.actions.descriptions import PATIENCE
from catalog.records.elements import Section, form_rows
from catalog.records.models import (
    CustodyEvent,
    Identification,
    Identifier,
    Instantiation,
    Mention,
    MentionReading,
    Page,
    Record,
    Statement,
)
from catalog.records.queries import address_code, visible_mentions
from catalog.rules.text import whole_number
from catalog.texts.models import PageText


class ManyFilesField(forms.FileField):
    """A field for many files; validates each of them."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The list of files, empty if none was chosen."""
        files = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files if file]


class RecordForm(RevisionForm):
    """A record, and images to be added after its last page in the order of their file names."""

    images = ManyFilesField(
        label=_("Add page images"),
        required=False,
        widget=ManyFiles(attrs={"multiple": True, "accept": ".jpg,.jpeg,.png,.tif,.tiff,.pdf,.zip"}),
        help_text=_(
            "JPEG, PNG, TIFF, PDF or a ZIP of them. Each becomes a page after the last one, in the order of the file "
            "names."
        ),
    )

    class Meta:
        model = Record
        fields = "__all__"


class IdentifierInline(HouseTabular):
    model = Identifier
    extra = 1
    autocomplete_fields = ["source"]


# Models of which a record may have thousands of rows: each has a list of its own, linked from the record's form.
MODELS_OF_A_RECORD: list[type[Any]] = [Page, Mention, CustodyEvent, Instantiation, Statement]


@admin.register(Record)
class RecordAdmin(TrashAdmin):
    form = RecordForm
    list_display = ["code", "title_vi", "level", "status", "access_level", "updated_at", "seen_at"]
    list_display_links = ["code", "title_vi"]
    list_filter = [TrashFilter, "status", "level", "access_level", "repository", "kind", "invented"]
    search_fields = ["code", "title_vi", "title_en", "identifiers__matched", "reference_code"]
    autocomplete_fields = ["repository", "parent", "source"]
    readonly_fields = [
        "belonging",
        "status_and_access",
        "reference_code",
        "chain_published",
        "open_from",
        "published_at",
        "created_at",
        "updated_at",
        "seen_at",
    ]
    date_hierarchy = "updated_at"
    list_select_related = ["repository"]
    list_prefetch_related = ["identifiers"]
    inlines = [IdentifierInline]
    actions = ["take_back", "publish", "review", "withdraw"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("repository", "parent"),
                    ("level", "kind", "code", "position"),
                    *form_rows(Section.IDENTITY),
                    "images",
                ]
            },
        ),
        (_("What belongs to it"), {"fields": ["belonging"]}),
        (
            _("Status and access"),
            {
                "fields": [
                    ("status_and_access", "seen_at"),
                    "rights_uri",
                    ("rights_note_vi", "rights_note_en"),
                    "invented",
                ]
            },
        ),
        (
            _("Where it comes from"),
            {
                "classes": ["collapse"],
                "fields": form_rows(Section.ORIGIN),
            },
        ),
        (
            _("Circular 05/2025 and ISAD(G), more elements"),
            {
                "classes": ["collapse"],
                "fields": form_rows(Section.MORE),
            },
        ),
        (
            _("Derived"),
            {
                "classes": ["collapse"],
                "fields": [
                    "reference_code",
                    ("chain_published", "open_from"),
                    ("published_at", "created_at", "updated_at"),
                ],
            },
        ),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Record], search_term: str
    ) -> tuple[QuerySet[Record], bool]:
        """Also records in which a name with these words is mentioned that exists for the user."""
        rows, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return rows, may_have_duplicates
        named = visible_mentions(request.user).filter(name__icontains=search_term.strip())
        return rows | queryset.filter(pk__in=named.values("record")), may_have_duplicates

    @admin.display(description=_("on the site"))
    def seen_at(self, record: Record) -> SafeString | str:
        """A link to the record on the public site."""
        if record.pk is None:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("record", args=[address_code(record)]), _("Open"))

    @admin.display(description=_("status and access"))
    def status_and_access(self, record: Record) -> SafeString | str:
        """Status and access, and a link to the page where they are set."""
        if record.pk is None:
            return _("A new record is a draft, and open.")
        status = f"{record.get_status_display()} · {record.get_access_level_display()}"
        return format_html('{} – <a href="{}">{}</a>', status, reverse("desk-standing", args=[record.pk]), _("Change"))

    @admin.display(description=_("pages, names, custody"))
    def belonging(self, record: Record) -> SafeString | str:
        """The number of rows of each model, and links to their lists."""
        if record.pk is None:
            return _("Once the record is saved, pages, names and custody are entered here.")
        rows = []
        for model in MODELS_OF_A_RECORD:
            address = reverse(f"admin:catalog_{model._meta.model_name}_changelist") + f"?record__id__exact={record.pk}"
            add_address = reverse(f"admin:catalog_{model._meta.model_name}_add") + f"?record={record.pk}"
            number = model.objects.filter(record=record).count()
            rows.append((address, model._meta.verbose_name_plural, number, add_address, _("enter")))
        return format_html_join(mark_safe(" · "), '<a href="{}">{}: {}</a> (<a href="{}">{}</a>)', rows)

    def add(self, actor: User, row: Record) -> None:
        """Enter a new record."""
        create_record(actor=actor, record=row)

    def change(
        self, actor: User, row: Record, revision: int | None, values: dict[str, Any], judged: dict[str, Any]
    ) -> Record:
        """Change a description. What follows for records below is done after the form's transaction."""
        return describe_record(actor=actor, record=row, revision=revision, values=values, judged=judged, spread=False)

    def delete(self, actor: User, row: Record) -> None:
        """Put a record in the trash."""
        trash_record(actor=actor, record=row, patience=PATIENCE)

    def restore(self, actor: User, row: Record) -> None:
        """Restore a record from the trash."""
        restore_record(actor=actor, record=row, patience=PATIENCE)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the rest, then store the images; they are taken in after the transaction."""
        super().save_related(request, form, formsets, change)
        owner = cast(User, request.user)
        for file in form.cleaned_data.get("images") or []:
            upload = begin_upload(record=form.instance, owner=owner, name=file.name, size=file.size)
            append(upload=upload, offset=0, chunks=file.chunks())
            request.files_for = form.instance  # type: ignore[attr-defined]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form. After its transaction, so that no lock is held, the standing of records below is updated and the
        images are taken in."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and (key := whole_number(object_id or "")) is not None:
            finish_spreads(records=[key], patience=PATIENCE)
        record: Record | None = getattr(request, "files_for", None)
        batch = queue_uploads(record=record, owner=cast(User, request.user)) if record else None
        if batch is not None:
            _report_batch(request, take_in_uploads(batch=batch))
        return response

    def _each(self, request: HttpRequest, queryset: QuerySet[Record], action: Any, success: Any) -> None:
        all_done = True
        for record in queryset:
            try:
                action(actor=cast(User, request.user), record=record, patience=PATIENCE)
            except OwnWork:
                all_done = False
                messages.error(
                    request,
                    _("“%(title)s” waits for somebody else: nobody approves a record that they wrote themselves.")
                    % {"title": record.title_vi},
                )
        if all_done:
            messages.success(request, success)

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Record]) -> None:
        """Publish the records."""
        self._each(request, queryset, publish_record, _("Published; the search follows within seconds."))

    @admin.action(description=_("Send to review"), permissions=["change"])
    def review(self, request: HttpRequest, queryset: QuerySet[Record]) -> None:
        """Send the records to review."""
        self._each(request, queryset, send_to_review, _("Sent to review."))

    @admin.action(description=_("Withdraw from the public"), permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Record]) -> None:
        """Withdraw the records from the public."""
        self._each(request, queryset, withdraw_record, _("Withdrawn; their addresses now say so."))

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether the user may publish."""
        return request.user.has_perm("catalog.publish_record")


def _report_batch(request: HttpRequest, batch: IntakeBatch) -> None:
    for file in batch.files.filter(outcome=IntakeFile.Outcome.REFUSED):
        messages.error(request, f"{file.name}: {refusal_in_words(file.reason, file.detail)}")
    accepted = batch.files.filter(outcome=IntakeFile.Outcome.ACCEPTED).count()
    if accepted:
        words = ngettext("%d page image was added.", "%d page images were added.", accepted) % accepted
        report = reverse("desk-batch", args=[batch.pk])
        messages.success(request, format_html('{} <a href="{}">{}</a>', words, report, _("Report")))


class PageForm(RevisionForm):
    """A page, and another image for it."""

    image_file = forms.FileField(
        label=_("Another image"), required=False, help_text=_("The earlier image stays in the history of the page.")
    )

    class Meta:
        model = Page
        fields = "__all__"


@admin.register(Page)
class PageAdmin(TrashAdmin):
    form = PageForm
    list_display = ["record", "number", "label", "title_vi", "image"]
    list_filter = [TrashFilter]
    search_fields = ["record__code", "record__title_vi", "record__identifiers__matched", "title_vi", "label", "=number"]
    autocomplete_fields = ["record"]
    list_select_related = ["record"]
    list_prefetch_related = [Prefetch("scans", Scan.objects.filter(current=True), to_attr="shown")]
    readonly_fields = ["number", "image", "image_tool", "text"]
    fields = [
        "record",
        "number",
        "label",
        "sheet",
        "side",
        "title_vi",
        "title_en",
        "image_file",
        "image",
        "image_tool",
        "text",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        """Pages with their record, which lists and pickers show; sorted by record and number."""
        return super().get_queryset(request).select_related("record").order_by("record__reference_code", "number")

    def get_readonly_fields(self, request: HttpRequest, obj: Page | None = None) -> list[str]:
        """The record of an existing page cannot be changed; its number is set by ordering the record's pages."""
        return [*self.readonly_fields, *(["record"] if obj is not None else [])]

    def add(self, actor: User, row: Page) -> None:
        """Add a page after the last one of its record."""
        last = Page.objects.filter(record=row.record).aggregate(last=Max("number"))["last"] or 0
        row.number = last + 1
        super().add(actor, row)

    @admin.display(description=_("text"))
    def text(self, page: Page) -> SafeString | str:
        """A link to the page's text."""
        if page.pk is None:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("desk-text", args=[page.pk]), _("Read or write its text"))

    @admin.display(description=_("how the image is shown"))
    def image_tool(self, page: Page) -> SafeString | str:
        """A link to the page where the image is turned, cropped and covered."""
        if page.pk is None or not page.scans.filter(current=True).exists():
            return "–"
        address = reverse("desk-page-image", args=[page.pk])
        return format_html('<a href="{}">{}</a>', address, _("Turn, crop or cover this image"))

    @admin.display(description=_("image"))
    def image(self, page: Page) -> SafeString | str:
        """The thumbnail."""
        return _thumbnail(page)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the rest, then attach the new image, or report why it was refused."""
        super().save_related(request, form, formsets, change)
        file = form.cleaned_data.get("image_file")
        if file:
            intake_file = take_sent_page(page=form.instance, sent=file, owner=cast(User, request.user))
            if intake_file.outcome == IntakeFile.Outcome.REFUSED:
                messages.error(
                    request, f"{intake_file.name}: {refusal_in_words(intake_file.reason, intake_file.detail)}"
                )


class ReadingInline(HouseTabular):
    model = MentionReading
    extra = 1


class IdentificationInline(HouseStacked):
    model = Identification
    autocomplete_fields = ["person", "source"]
    readonly_fields = ["decided_by", "decided_at", "withdrawn_at"]
    can_delete = False


@admin.register(Mention)
class MentionAdmin(TrashAdmin):
    list_display = ["name", "post", "unit_text", "record", "page", "invented"]
    list_filter = [TrashFilter, "invented", "record__repository"]
    search_fields = ["name", "readings__value", "unit_text", "number", "record__identifiers__matched"]
    autocomplete_fields = ["record", "page", "unit", "home"]
    list_select_related = ["record", "page__record"]
    inlines = [ReadingInline, IdentificationInline]


@admin.register(CustodyEvent)
class CustodyEventAdmin(HouseAdmin):
    list_display = ["record", "kind", "date_text", "place_text", "unit_text"]
    list_filter = ["kind"]
    list_select_related = ["record"]
    search_fields = ["record__title_vi", "place_text", "unit_text", "description_vi"]
    autocomplete_fields = ["record", "place", "unit", "source"]


@admin.register(Instantiation)
class InstantiationAdmin(HouseAdmin):
    list_display = ["record", "kind", "state", "holder", "reel", "frame"]
    list_filter = ["kind", "state"]
    list_select_related = ["record"]
    search_fields = ["record__title_vi", "holder", "reel"]
    autocomplete_fields = ["record", "source"]


@admin.register(Statement)
class StatementAdmin(HouseAdmin):
    list_display = ["topic", "value_vi", "person", "record", "source", "preferred", "staff_only"]
    list_filter = ["topic", "preferred", "staff_only"]
    list_select_related = ["person", "record", "source"]
    search_fields = ["value_vi", "value_en", "person__name_vi", "record__title_vi"]
    autocomplete_fields = ["person", "record", "source"]


@admin.register(Identification)
class IdentificationAdmin(HouseAdmin):
    list_display = ["mention", "person", "certainty", "decided_by", "decided_at", "withdrawn_at"]
    list_filter = ["certainty"]
    list_select_related = ["mention", "person", "decided_by"]
    search_fields = ["mention__name", "person__name_vi"]
    autocomplete_fields = ["mention", "person", "source"]
    readonly_fields = ["decided_by", "decided_at", "withdrawn_at"]
    actions = ["withdraw"]

    @admin.action(description=_("Withdraw these decisions"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Identification]) -> None:
        """Withdraw the identifications; they stay in the history."""
        for decision in queryset.filter(withdrawn_at=None):
            withdraw_identification(actor=cast(User, request.user), identification=decision)
        messages.success(request, _("Withdrawn; that they were made stays."))


@admin.register(Identifier)
class IdentifierAdmin(HouseAdmin):
    list_display = ["value", "scheme", "record", "primary"]
    list_filter = ["scheme"]
    list_select_related = ["record"]
    search_fields = ["value", "matched", "record__title_vi"]
    autocomplete_fields = ["record", "source"]


@admin.register(Scan)
class ScanAdmin(HouseAdmin):
    list_display = ["page", "original_name", "media_type", "width", "height", "current", "added_at"]
    list_filter = ["media_type", "current", "illustration"]
    list_select_related = ["page__record"]
    search_fields = ["original_name", "sha256", "page__record__code"]
    readonly_fields = ["page", "current"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: images are added to a record or a page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: originals are never deleted."""
        return False


@admin.register(PageText)
class PageTextAdmin(ViewAdmin):
    """Versions of texts, for finding and reading. They are written at the desk, where each change is a new version and
    nobody checks their own work. A version that is not current can be put in the trash."""

    def has_delete_permission(self, request: HttpRequest, obj: PageText | None = None) -> bool:
        """Whether the user may delete this version; the current one cannot be deleted."""
        return request.user.has_perm("catalog.delete_pagetext") and (obj is None or not obj.current)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PageText]) -> None:
        """Delete the versions; current ones stay."""
        super().delete_queryset(request, queryset.filter(current=False))

    list_display = ["page", "origin", "language", "current", "state", "made_at"]
    list_filter = ["origin", "language", "current", "state"]
    search_fields = ["page__record__code", "text"]
    list_select_related = ["page__record"]
    exclude = ["packed_boxes"]


def _thumbnail(page: Page) -> SafeString | str:
    current_scans = getattr(page, "shown", None)
    if current_scans is None:
        current_scans = list(page.scans.filter(current=True)) if page.pk else []
    scan = next(iter(current_scans), None)
    if scan is None:
        return "–"
    address = reverse("thumbnail", args=[scan.image_id])
    return format_html('<a href="{}"><img src="{}" alt="" height="80" loading="lazy"></a>', address, address)
