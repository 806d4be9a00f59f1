"""Assembly: every room's models, where Django looks for them. Nobody imports this module."""

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.people.models import NameArrangement, NameForm, Person, PersonName, SyllableKey, Unit, UnitAlias
from catalog.places.models import Place, PlaceName, PlaceSuccession
from catalog.records.models import (
    CustodyEvent,
    Identification,
    Identifier,
    Instantiation,
    Mention,
    MentionForm,
    MentionReading,
    Page,
    Record,
    Repository,
    Statement,
)
from catalog.scans.models import (
    IntakeBatch,
    IntakeFile,
    MentionProposal,
    PageReading,
    PageText,
    PageTranslation,
    ReadingPriority,
    ReadingSwitch,
    Scan,
    TextDraft,
)
from catalog.search.models import IndexLease, NameList
from catalog.sources.models import Source

__all__ = [
    "Change",
    "CustodyEvent",
    "Exhibition",
    "GuestbookEntry",
    "Identification",
    "Identifier",
    "IndexLease",
    "Instantiation",
    "IntakeBatch",
    "IntakeFile",
    "Mention",
    "MentionForm",
    "MentionProposal",
    "MentionReading",
    "Milestone",
    "NameArrangement",
    "NameForm",
    "NameList",
    "Page",
    "PageReading",
    "PageText",
    "PageTranslation",
    "Panel",
    "Part",
    "Person",
    "PersonName",
    "Place",
    "PlaceName",
    "PlaceSuccession",
    "Placement",
    "ReadingPriority",
    "ReadingSwitch",
    "Record",
    "Repository",
    "Scan",
    "Source",
    "Statement",
    "SyllableKey",
    "TextDraft",
    "Unit",
    "UnitAlias",
    "User",
]  # fmt: skip
