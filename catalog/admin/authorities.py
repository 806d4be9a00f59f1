"""Persons, units, places, sources, repositories."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.admin.base import HouseAdmin, HouseStacked, HouseTabular, TrashAdmin, TrashFilter
from catalog.people.models import Person, PersonName, Unit, UnitAlias
from catalog.places.models import Place, PlaceName, PlaceSuccession
from catalog.records.models import Repository, Statement
from catalog.sources.models import Source

# Up to so many statements are part of the person's own form.
MOST_STATEMENTS = 20


class PersonNameInline(HouseTabular):
    model = PersonName
    extra = 1
    autocomplete_fields = ["source"]


class StatementInline(HouseStacked):
    model = Statement
    extra = 0
    exclude = ["record"]
    autocomplete_fields = ["source"]


@admin.register(Person)
class PersonAdmin(TrashAdmin):
    list_display = ["name_vi", "summary_vi", "life", "public_figure", "invented"]
    list_filter = [TrashFilter, "life", "public_figure", "invented"]
    search_fields = ["name_vi", "name_en", "names__value"]
    inlines = [PersonNameInline, StatementInline]
    readonly_fields = ["life_and_merging", "named", "statement_links"]
    fields = [
        "name_vi",
        "name_en",
        "summary_vi",
        "summary_en",
        "life_and_merging",
        "named",
        "statement_links",
        "invented",
        "note",
    ]

    def get_inlines(self, request: HttpRequest, obj: Person | None) -> list[Any]:
        """Statements are part of the form while they are few; with thousands it would be too large to be sent."""
        has_many = obj is not None and obj.statements.count() > MOST_STATEMENTS
        return [PersonNameInline] if has_many else [PersonNameInline, StatementInline]

    @admin.display(description=_("life, and who is the same person"))
    def life_and_merging(self, person: Person) -> SafeString | str:
        """Whether the person is alive, and a link to the page where that is set."""
        if person.pk is None:
            return _("Once the person is saved, this is decided on a page of its own.")
        life = f"{person.get_life_display()}" + (f" · {_('public figure')}" if person.public_figure else "")
        return format_html('{} – <a href="{}">{}</a>', life, reverse("desk-person", args=[person.pk]), _("Change"))

    @admin.display(description=_("named in"))
    def named(self, person: Person) -> SafeString | str:
        """The number of identifications with the person, and a link to their list."""
        if person.pk is None:
            return "–"
        address = reverse("admin:catalog_identification_changelist") + f"?person__id__exact={person.pk}"
        return format_html('<a href="{}">{}</a>', address, person.identifications.filter(withdrawn_at=None).count())

    @admin.display(description=_("statements"))
    def statement_links(self, person: Person) -> SafeString | str:
        """The number of statements, and a link to their list."""
        if person.pk is None:
            return "–"
        address = reverse("admin:catalog_statement_changelist") + f"?person__id__exact={person.pk}"
        add_address = reverse("admin:catalog_statement_add") + f"?person={person.pk}"
        number = person.statements.count()
        return format_html('<a href="{}">{}</a> (<a href="{}">{}</a>)', address, number, add_address, _("enter"))


class UnitAliasInline(HouseTabular):
    model = UnitAlias
    extra = 1
    autocomplete_fields = ["source"]


@admin.register(Unit)
class UnitAdmin(HouseAdmin):
    list_display = ["normal_form", "name_vi", "name_en", "foreign"]
    list_filter = ["foreign"]
    search_fields = ["normal_form", "name_vi", "name_en", "aliases__value"]
    autocomplete_fields = ["source"]
    inlines = [UnitAliasInline]


class PlaceNameInline(HouseTabular):
    model = PlaceName
    extra = 1
    autocomplete_fields = ["source"]


class SuccessionInline(HouseTabular):
    model = PlaceSuccession
    fk_name = "predecessor"
    extra = 0
    autocomplete_fields = ["successor", "source"]


@admin.register(Place)
class PlaceAdmin(HouseAdmin):
    list_display = ["name_vi", "kind", "within", "from_year", "to_year"]
    list_filter = ["kind"]
    search_fields = ["name_vi", "name_en", "names__value", "slug"]
    prepopulated_fields = {"slug": ["name_vi"]}
    autocomplete_fields = ["within", "source"]
    inlines = [PlaceNameInline, SuccessionInline]


@admin.register(Source)
class SourceAdmin(HouseAdmin):
    list_display = ["slug", "citation_vi", "published_text", "press"]
    list_filter = ["press"]
    search_fields = ["slug", "citation_vi", "citation_en", "url"]


@admin.register(Repository)
class RepositoryAdmin(HouseAdmin):
    list_display = ["code", "name_vi", "name_en", "country"]
    search_fields = ["code", "name_vi", "name_en"]
    prepopulated_fields = {"slug": ["name_vi"]}
    autocomplete_fields = ["source"]
