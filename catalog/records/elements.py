"""The elements of a record's description, each declared once.

The staff form, the public page and what the search reads of a record follow from this table. History, the trash,
merging of two editors' work, YAML archives and the property test take the fields from the model. Sources: ISAD(G),
second edition; the metadata of Circular 05/2025/TT-BNV, as given in `help_text` of the model.
"""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Section(Enum):
    """Part of the staff form."""

    IDENTITY = "identity"
    ORIGIN = "origin"
    MORE = "more"


@dataclass(frozen=True)
class Element:
    """One element of description.

    name: of the model's field; with `bilingual` of the two fields `<name>_vi` and `<name>_en`.
    place: order on the public page, 0 where it is not shown there; staff_only: shown only to staff who see such notes.
    label, isad: how the public page names it, and its number in ISAD(G). paragraphs: text of several paragraphs.
    template: below `catalog/records/facts/`, for an element that is more than its text.
    searched: its words are found by the search.
    paired: both languages are in one row of the form; same_row: it is in the row of the element before it.
    """

    name: str
    section: Section
    place: int = 0
    label: str | Promise = ""
    isad: str = ""
    bilingual: bool = False
    paragraphs: bool = False
    template: str = ""
    searched: bool = False
    staff_only: bool = False
    paired: bool = False
    same_row: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The model's fields, Vietnamese before English."""
        return (f"{self.name}_vi", f"{self.name}_en") if self.bilingual else (self.name,)


# In the order of the staff form.
ELEMENTS: tuple[Element, ...] = (
    Element("title", Section.IDENTITY, bilingual=True),
    Element("description", Section.IDENTITY, bilingual=True, searched=True),
    Element("date_text", Section.IDENTITY, 50, template="date.html", searched=True),
    Element("date_edtf", Section.IDENTITY, same_row=True),
    Element("languages", Section.IDENTITY, 100, _("Languages"), "3.4.3"),
    Element("creator", Section.ORIGIN, 60, _("Creator"), "3.2.1", bilingual=True, searched=True, paired=True),
    Element(
        "creator_history",
        Section.ORIGIN,
        70,
        _("About the creator"),
        bilingual=True,
        searched=True,
        paragraphs=True,
    ),
    Element("archival_history", Section.ORIGIN, searched=True),
    Element(
        "acquisition",
        Section.ORIGIN,
        90,
        _("Acquisition"),
        "3.2.4",
        bilingual=True,
        searched=True,
        paragraphs=True,
    ),
    Element("source", Section.ORIGIN, 170, template="source.html"),
    Element("retention", Section.MORE, 130, _("Retention")),
    Element("information_sign", Section.MORE, same_row=True),
    Element("document_number", Section.MORE, same_row=True),
    Element("documents_count", Section.MORE),
    Element("sheets_count", Section.MORE, same_row=True),
    Element("pages_count", Section.MORE, same_row=True),
    Element("extent", Section.MORE, 80, template="extent.html", searched=True),
    Element("physical_condition", Section.MORE, 110, _("Physical condition"), "3.4.4"),
    Element("confidence", Section.MORE, same_row=True),
    Element("autograph", Section.MORE),
    Element("keywords", Section.MORE, 120, _("Keywords"), searched=True, same_row=True),
    Element("paper_file_code", Section.MORE),
    Element("backup", Section.MORE, same_row=True),
    Element("box", Section.MORE, same_row=True),
    Element("arrangement", Section.MORE),
    Element("key_groups", Section.MORE),
    Element("fonds_open", Section.MORE),
    Element("accruals", Section.MORE),
    Element("finding_aids", Section.MORE),
    Element("related_material", Section.MORE),
    Element("publication_note", Section.MORE),
    Element("note", Section.MORE, 160, _("Note"), bilingual=True, searched=True, paragraphs=True),
    Element("archivist_note", Section.MORE, 180, _("Archivist's note (staff)"), staff_only=True, paragraphs=True),
)
# Fields that identify a record or say who may see it: the form, the page and the search each treat them in a way of
# their own.
NOT_ELEMENTS = frozenset(
    {
        "repository",
        "parent",
        "level",
        "kind",
        "code",
        "position",
        "invented",
        "rights_uri",
        "rights_note_vi",
        "rights_note_en",
    }
)
SEARCHED: tuple[str, ...] = tuple(name for element in ELEMENTS if element.searched for name in element.fields)
# On the public page access and rights stand among the elements.
ACCESS = Element("access_level", Section.IDENTITY, 140, template="access.html")
SHOWN: tuple[Element, ...] = tuple(
    sorted((each for each in (*ELEMENTS, ACCESS) if each.place), key=lambda each: each.place)
)


def form_rows(section: Section) -> list[str | tuple[str, ...]]:
    """The rows of a section of the staff form, as Django's `fieldsets` take them."""
    rows: list[tuple[str, ...]] = []
    for element in ELEMENTS:
        if element.section is not section:
            continue
        if element.same_row:
            rows[-1] += element.fields
        elif element.bilingual and not element.paired:
            rows += [(name,) for name in element.fields]
        else:
            rows.append(element.fields)
    return [row[0] if len(row) == 1 else row for row in rows]
