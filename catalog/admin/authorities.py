"""Persons, units, places, sources, repositories."""

from django.contrib import admin

from catalog.admin.base import HouseAdmin, TrashAdmin, TrashFilter
from catalog.people.models import Person, PersonName, Unit, UnitAlias
from catalog.places.models import Place, PlaceName, PlaceSuccession
from catalog.records.models import Identification, Repository, Statement
from catalog.sources.models import Source


class PersonNameInline(admin.TabularInline[PersonName, Person]):
    model = PersonName
    extra = 1
    autocomplete_fields = ["source"]


class StatementInline(admin.StackedInline[Statement, Person]):
    model = Statement
    extra = 0
    exclude = ["record"]
    autocomplete_fields = ["source"]


class IdentificationInline(admin.TabularInline[Identification, Person]):
    model = Identification
    extra = 0
    autocomplete_fields = ["mention", "source"]
    readonly_fields = ["decided_by", "decided_at"]


@admin.register(Person)
class PersonAdmin(TrashAdmin):
    list_display = ["name_vi", "summary_vi", "life", "public_figure", "invented"]
    list_filter = [TrashFilter, "life", "public_figure", "invented"]
    search_fields = ["name_vi", "name_en", "names__value"]
    autocomplete_fields = ["life_source", "merged_into"]
    inlines = [PersonNameInline, StatementInline, IdentificationInline]


class UnitAliasInline(admin.TabularInline[UnitAlias, Unit]):
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


class PlaceNameInline(admin.TabularInline[PlaceName, Place]):
    model = PlaceName
    extra = 1
    autocomplete_fields = ["source"]


class SuccessionInline(admin.TabularInline[PlaceSuccession, Place]):
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
