"""Where everything is that a viewer asks for; all absolute."""

from dataclasses import dataclass

from django.urls import reverse, translate_url

from catalog.exhibitions.models import Exhibition
from catalog.images.models import Scan
from catalog.records.models import Page, Record, Repository
from catalog.records.queries import address_code

Words = dict[str, list[str]]


@dataclass(frozen=True)
class Addresses:
    """base: scheme and host as asked ("https://archive.example"), without a slash behind."""

    base: str

    def _of(self, name: str, *args: object) -> str:
        return self.base + reverse(name, args=args)

    def manifest(self, record: Record) -> str:
        """The record's manifest."""
        return self._of("iiif-manifest", address_code(record))

    def collection(self, record: Record) -> str:
        """What stands in the record."""
        return self._of("iiif-collection", address_code(record))

    def repository(self, repository: Repository) -> str:
        """What a repository keeps."""
        return self._of("iiif-repository", repository.slug)

    def top(self) -> str:
        """Everything."""
        return self._of("iiif-top")

    def exhibition(self, exhibition: Exhibition) -> str:
        """An exhibition as a collection."""
        return self._of("iiif-exhibition", exhibition.slug)

    def canvas(self, page: Page) -> str:
        """The canvas of a page. By its key, which stays when pages are put in another order."""
        return f"{self.base}/iiif/canvas/{page.pk}"

    def text(self, page: Page) -> str:
        """The page's words as annotations."""
        return self._of("iiif-text", page.pk)

    def names(self, page: Page) -> str:
        """The names on the page as annotations."""
        return self._of("iiif-names", page.pk)

    def page_text(self, record: Record, page: Page, form: str) -> str:
        """The page's words as a file: `txt`, `alto.xml`, `hocr`."""
        return self._of("page-text", address_code(record), page.address, form)

    def record_text(self, record: Record) -> str:
        """The words of the whole record as plain text."""
        return self._of("record-text", address_code(record))

    def slip(self, record: Record) -> str:
        """The record on one sheet, to be printed."""
        return self._of("record-slip", address_code(record))

    def image(self, scan: Scan) -> str:
        """The image service."""
        return self._of("image", scan.image_id)

    def searching(self, record: Record, version: int) -> str:
        """Content Search within the record."""
        return self._of(f"iiif-search-{version}", address_code(record))

    def completing(self, record: Record, version: int) -> str:
        """Autocomplete within the record."""
        return self._of(f"iiif-autocomplete-{version}", address_code(record))

    def record_page(self, record: Record, language: str) -> str:
        """The record's page for people."""
        return self.base + str(translate_url(reverse("record", args=[address_code(record)]), language))

    def exhibition_page(self, exhibition: Exhibition, language: str) -> str:
        """The exhibition's page for people."""
        return self.base + str(translate_url(reverse("exhibition", args=[exhibition.slug]), language))

    def as_json(self, record: Record) -> str:
        """The record as plain JSON."""
        return self._of("record-json", address_code(record))


def both(vi: str, en: str) -> Words:
    """A language map (Presentation 3.0, 4.1); the languages that there are words in."""
    return {code: [words] for code, words in (("vi", vi), ("en", en)) if words} or {"none": ["–"]}


def of_field(thing: object, name: str) -> Words:
    """The language map of a pair of fields `name_vi`, `name_en`."""
    return both(getattr(thing, f"{name}_vi"), getattr(thing, f"{name}_en"))
