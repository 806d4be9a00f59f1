"""Addresses, which stay for ever."""

from django.urls import path, register_converter
from django.urls.resolvers import URLPattern
from drf_spectacular.views import SpectacularAPIView

from catalog.api.people import PeopleSearch
from catalog.api.records import CatalogueSearch, RecordList
from catalog.desk import (
    batches,
    errors,
    files,
    fixity,
    me,
    page_image,
    pages,
    second_factor,
    sign_ins,
    uploads,
)
from catalog.desk import findings as desk_findings
from catalog.desk import home as desk_home
from catalog.desk import jobs as desk_jobs
from catalog.desk import people as desk_people
from catalog.desk import proposals as desk_proposals
from catalog.desk import reading as desk_reading
from catalog.desk import standing as desk_standing
from catalog.desk import texts as desk_texts
from catalog.desk import trash as desk_trash
from catalog.web import (
    exhibitions,
    find,
    home,
    iiif,
    images,
    lists,
    machine,
    page_texts,
    password_reset,
    people,
    places,
    records,
    search,
    sign_in,
    slips,
    units,
)


class CodeConverter:
    """A record's number in an address: anything, also with slashes (13/QĐ-BQP), since numbers come in many shapes.

    What stands behind it is never mistaken for a part of it: numbers are written there in capitals, and our own steps
    (`/slip`, `/pages/2`) in small letters. A pattern with more of such steps comes before one with fewer.
    """

    regex = r".+?"

    def to_python(self, value: str) -> str:
        """The text as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """The text as it stands."""
        return str(value)


register_converter(CodeConverter, "code")

without_language: list[URLPattern] = [
    # One view reads everything below: whatever stands there gets an answer that other sites' viewers can read.
    path("iiif/image/<path:image_path>", images.image),
    path("iiif/image/<str:public_id>", images.image, name="image"),
    path("iiif/image/<str:public_id>/info.json", images.image, name="image-info"),
    path("iiif/image/<str:public_id>/<str:region>/<str:size>/0/default.jpg", images.image, name="image-part"),
    path("iiif/collection", iiif.top, name="iiif-top"),
    path("iiif/repositories/<slug:slug>/collection", iiif.repository, name="iiif-repository"),
    path("iiif/exhibitions/<slug:slug>/collection", iiif.exhibition, name="iiif-exhibition"),
    path("iiif/records/<code:code>/manifest", iiif.manifest, name="iiif-manifest"),
    path("iiif/records/<code:code>/collection", iiif.collection, name="iiif-collection"),
    path("iiif/records/<code:code>/search", iiif.search, {"version": 2}, name="iiif-search-2"),
    path("iiif/records/<code:code>/search/1", iiif.search, {"version": 1}, name="iiif-search-1"),
    path("iiif/records/<code:code>/autocomplete", iiif.autocomplete, {"version": 2}, name="iiif-autocomplete-2"),
    path("iiif/records/<code:code>/autocomplete/1", iiif.autocomplete, {"version": 1}, name="iiif-autocomplete-1"),
    path("iiif/canvas/<int:pk>/text", iiif.text, name="iiif-text"),
    path("iiif/canvas/<int:pk>/names", iiif.names, name="iiif-names"),
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
    path("slip", slips.search_slip, name="slip"),
    path("people/<int:pk>/slip", slips.person, name="person-slip"),
    path("records/<code:code>/pages/<int:address>/text.<str:form>", page_texts.page_text, name="page-text"),
    path("records/<code:code>/pages/<int:address>/words.json", page_texts.page_words, name="page-words"),
    path("records/<code:code>/text.txt", page_texts.record_text, name="record-text"),
    path("records/<code:code>/slip", slips.record, name="record-slip"),
    path("records/<code:code>.json", records.as_json, name="record-json"),
    path("records/<code:code>.ris", records.as_ris, name="record-ris"),
    path("records/<code:code>.bib", records.as_bibtex, name="record-bibtex"),
    path("records/<code:code>/pages/<int:address>", records.page, name="page"),
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
    path("desk/findings", desk_findings.findings, name="desk-findings"),
    path("desk/trash", desk_trash.trash, name="desk-trash"),
    path("desk/people/<int:pk>", desk_people.person, name="desk-person"),
    path("desk/people/<int:pk>/merge", desk_people.merge, name="desk-person-merge"),
    path("desk/merges/<int:pk>/undo", desk_people.undo, name="desk-merge-undo"),
    path("desk/records/<int:pk>/standing", desk_standing.standing, name="desk-standing"),
    path("desk/sign-in", sign_in.sign_in, name="sign-in"),
    path("desk/sign-in/code", sign_in.code, name="sign-in-code"),
    path("desk/sign-in/forgotten", password_reset.forgotten, name="password-forgotten"),
    path("desk/sign-in/forgotten/sent", password_reset.sent, name="password-sent"),
    path("desk/sign-in/new/<str:uid>/<str:token>", password_reset.new_password, name="password-new"),
    path("desk/sign-out", sign_in.sign_out, name="sign-out"),
    path("desk/me", me.me, name="me"),
    path("desk/me/language", me.language, name="me-language"),
    path("desk/me/password", me.password, name="me-password"),
    path("desk/me/second-factor", second_factor.set_up, name="me-second-factor"),
    path("desk/me/second-factor/codes", second_factor.codes, name="me-codes"),
    path("desk/me/second-factor/take-away", second_factor.remove, name="me-second-factor-off"),
    path("desk/me/sessions/<int:pk>/end", me.end_session, name="me-session-end"),
    path("desk/me/sessions/end-others", me.end_other_sessions, name="me-sessions-end"),
    path("desk/sign-ins", sign_ins.sign_ins, name="desk-sign-ins"),
    path("desk/records/<int:pk>/files", files.files, name="desk-files"),
    path("desk/records/<int:pk>/pages", pages.pages, name="desk-pages"),
    path("desk/records/<int:pk>/pages/undo", pages.undo, name="desk-pages-undo"),
    path("desk/pages/<int:pk>/scans", pages.scans, name="desk-page-scans"),
    path("desk/uploads/", uploads.uploads, name="desk-uploads"),
    path("desk/uploads/<uuid:token>", uploads.upload, name="desk-upload"),
    path("desk/uploads/<uuid:token>/drop", files.drop, name="desk-upload-drop"),
    path("desk/batches/", batches.batches, name="desk-batches"),
    path("desk/batches/<int:pk>", batches.batch, name="desk-batch"),
    path("desk/batches/<int:pk>.csv", batches.table, name="desk-batch-csv"),
    path("desk/errors", errors.error_list, name="desk-errors"),
    path("desk/fixity", fixity.fixity, name="desk-fixity"),
    path("desk/refused/", batches.refused, name="desk-refused"),
    path("desk/refused/<int:pk>", batches.settle, name="desk-refused-settle"),
    path("desk/pages/<int:pk>/image", page_image.page_image, name="desk-page-image"),
    path("desk/pages/<int:pk>/image/preview.jpg", page_image.page_image_preview, name="desk-page-image-preview"),
    path("desk/pages/<int:pk>/text", desk_texts.text, name="desk-text"),
    path("desk/pages/<int:pk>/text/draft", desk_texts.draft, name="desk-text-draft"),
    path("desk/pages/<int:pk>/text/versions", desk_texts.versions, name="desk-text-versions"),
    path("desk/pages/<int:pk>/proposals", desk_proposals.of_page, name="desk-page-proposals"),
    path("desk/proposals", desk_proposals.queue, name="desk-proposals"),
    path("desk/proposals/<int:pk>", desk_proposals.decide, name="desk-proposal"),
    path("desk/jobs", desk_jobs.jobs, name="desk-jobs"),
    path("desk/reading", desk_reading.reading, name="desk-reading"),
    path("about", home.about, name="about"),
    path("help", home.help_page, name="help"),
]
