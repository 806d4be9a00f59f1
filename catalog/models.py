"""Assembly: every room's models, where Django looks for them. Nobody imports this module."""

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.jobs.models import Job, Lease
from catalog.people.models import NameArrangement, NameForm, Person, PersonName, SyllableKey, Unit, UnitAlias
from catalog.places.models import Place, PlaceName, PlaceSuccession
from catalog.records.models import (
    Cover,
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
    FixityFinding,
    FixityPass,
    IntakeBatch,
    IntakeFile,
    MentionProposal,
    Original,
    PageReading,
    PageText,
    PageTranslation,
    ReadingPriority,
    ReadingSwitch,
    Scan,
    TextDraft,
)
from catalog.search.models import NameList
from catalog.sources.models import Source

__all__ = [
    "Change",
    "Cover",
    "CustodyEvent",
    "Exhibition",
    "FixityFinding",
    "FixityPass",
    "GuestbookEntry",
    "Identification",
    "Identifier",
    "Instantiation",
    "IntakeBatch",
    "IntakeFile",
    "Job",
    "Lease",
    "Mention",
    "MentionForm",
    "MentionProposal",
    "MentionReading",
    "Milestone",
    "NameArrangement",
    "NameForm",
    "NameList",
    "Original",
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
