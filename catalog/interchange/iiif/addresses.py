"""The absolute addresses of everything that a viewer requests."""

from dataclasses import dataclass

from django.urls import reverse, translate_url

from catalog.exhibitions.models import Exhibition
from catalog.images.models import Scan
from catalog.records.models import Page, Record, Repository
from catalog.records.queries import address_code


@dataclass(frozen=True)
class Addresses:
    """Builds absolute addresses. base: scheme and host of the request ("https://archive.example"), without a trailing
    slash."""

    base: str

    def _reverse(self, name: str, *args: object) -> str:
        return self.base + reverse(name, args=args)

    def manifest(self, record: Record) -> str:
        """The record's manifest."""
        return self._reverse("iiif-manifest", address_code(record))

    def collection(self, record: Record) -> str:
        """The collection of the records in this record."""
        return self._reverse("iiif-collection", address_code(record))

    def repository(self, repository: Repository) -> str:
        """The collection of a repository's records."""
        return self._reverse("iiif-repository", repository.slug)

    def top(self) -> str:
        """The top collection."""
        return self._reverse("iiif-top")

    def exhibition(self, exhibition: Exhibition) -> str:
        """An exhibition as a collection."""
        return self._reverse("iiif-exhibition", exhibition.slug)

    def canvas(self, page: Page) -> str:
        """The canvas of a page, by its primary key, which stays when pages are reordered."""
        return f"{self.base}/iiif/canvas/{page.pk}"

    def text(self, page: Page) -> str:
        """The page's text as annotations."""
        return self._reverse("iiif-text", page.pk)

    def names(self, page: Page) -> str:
        """The names on the page as annotations."""
        return self._reverse("iiif-names", page.pk)

    def page_text(self, record: Record, page: Page, form: str) -> str:
        """The page's text as a file: `txt`, `alto.xml`, `hocr`."""
        return self._reverse("page-text", address_code(record), page.address, form)

    def record_text(self, record: Record) -> str:
        """The text of the whole record as plain text."""
        return self._reverse("record-text", address_code(record))

    def slip(self, record: Record) -> str:
        """The record's search slip, on one sheet for printing."""
        return self._reverse("record-slip", address_code(record))

    def image(self, scan: Scan) -> str:
        """The image service."""
        return self._reverse("image", scan.image_id)

    def searching(self, record: Record, version: int) -> str:
        """Content Search within the record."""
        return self._reverse(f"iiif-search-{version}", address_code(record))

    def completing(self, record: Record, version: int) -> str:
        """Autocomplete within the record."""
        return self._reverse(f"iiif-autocomplete-{version}", address_code(record))

    def record_page(self, record: Record, language: str) -> str:
        """The record's page for people."""
        return self.base + str(translate_url(reverse("record", args=[address_code(record)]), language))

    def exhibition_page(self, exhibition: Exhibition, language: str) -> str:
        """The exhibition's page for people."""
        return self.base + str(translate_url(reverse("exhibition", args=[exhibition.slug]), language))

    def as_json(self, record: Record) -> str:
        """The record as plain JSON."""
        return self._reverse("record-json", address_code(record))
