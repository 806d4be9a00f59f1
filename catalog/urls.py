"""Addresses, which stay for ever."""

from django.urls import path, register_converter
from django.urls.resolvers import URLPattern
from drf_spectacular.views import SpectacularAPIView

from catalog.api.people import PeopleSearch
from catalog.api.records import CatalogueSearch, RecordList
from catalog.desk import home as desk_home
from catalog.desk import proposals as desk_proposals
from catalog.desk import reading as desk_reading
from catalog.desk import texts as desk_texts
from catalog.web import (
    exhibitions,
    find,
    home,
    images,
    lists,
    machine,
    page_texts,
    people,
    places,
    records,
    search,
    slips,
    units,
)


class CodeConverter:
    """A record's number in an address: anything without a slash, since numbers come in many shapes."""

    regex = r"[^/]+?"

    def to_python(self, value: str) -> str:
        """The text as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """The text as it stands."""
        return str(value)


register_converter(CodeConverter, "code")

without_language: list[URLPattern] = [
    path("iiif/image/<str:public_id>", images.information, name="image"),
    path("iiif/image/<str:public_id>/info.json", images.information, name="image-info"),
    path("iiif/image/<str:public_id>/<str:region>/<str:size>/0/default.jpg", images.part, name="image-part"),
    path("scans/<str:public_id>/thumbnail.jpg", images.small, {"name": "thumbnail"}, name="thumbnail"),
    path("scans/<str:public_id>/reading.jpg", images.small, {"name": "reading"}, name="reading"),
    path("api/v1/people/search", PeopleSearch.as_view(), name="api-people-search"),
    path("api/v1/search", CatalogueSearch.as_view(), name="api-search"),
    path("api/v1/records", RecordList.as_view(), name="api-records"),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("robots.txt", machine.robots, name="robots"),
    path("health", machine.health, name="health"),
]

in_language: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search", search.search, name="search"),
    path("search.atom", search.feed, name="search-feed"),
    path("search.csv", search.table, name="search-csv"),
    path("search.xml", search.description, name="search-description"),
    path("find", find.find, name="find"),
    path("suggest", find.suggestions, name="suggest"),
    path("records/", records.browse, name="records"),
    path("slip", slips.asked, name="slip"),
    path("people/<int:pk>/slip", slips.person, name="person-slip"),
    path("records/<code:code>/slip", slips.record, name="record-slip"),
    path("records/<code:code>.json", records.as_json, name="record-json"),
    path("records/<code:code>.ris", records.as_ris, name="record-ris"),
    path("records/<code:code>.bib", records.as_bibtex, name="record-bibtex"),
    path("records/<code:code>/pages/<int:number>/text.<str:form>", page_texts.text, name="page-text"),
    path("records/<code:code>/pages/<int:number>/words.json", page_texts.words, name="page-words"),
    path("records/<code:code>/pages/<int:number>", records.page, name="page"),
    path("records/<code:code>", records.record, name="record"),
    path("people/<int:pk>", people.person, name="person"),
    path("units/<path:normal_form>", units.unit, name="unit"),
    path("places/<int:pk>", places.place, name="place"),
    path("exhibitions/", exhibitions.hall, name="exhibitions"),
    path("exhibitions/<slug:slug>", exhibitions.exhibition, name="exhibition"),
    path("lists/", lists.lists, name="lists"),
    path("lists/<uuid:token>/", lists.name_list, name="list"),
    path("lists/<uuid:token>/result.<str:kind>", lists.result, name="list-result"),
    path("lists/<uuid:token>/delete", lists.delete, name="list-delete"),
    path("desk/", desk_home.home, name="desk"),
    path("desk/pages/<int:pk>/text", desk_texts.text, name="desk-text"),
    path("desk/pages/<int:pk>/text/draft", desk_texts.draft, name="desk-text-draft"),
    path("desk/pages/<int:pk>/text/versions", desk_texts.versions, name="desk-text-versions"),
    path("desk/pages/<int:pk>/proposals", desk_proposals.of_page, name="desk-page-proposals"),
    path("desk/proposals", desk_proposals.queue, name="desk-proposals"),
    path("desk/proposals/<int:pk>", desk_proposals.decide, name="desk-proposal"),
    path("desk/reading", desk_reading.reading, name="desk-reading"),
    path("about", home.about, name="about"),
    path("help", home.help_page, name="help"),
]
