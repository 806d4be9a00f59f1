"""Assembly: every room's models, where Django looks for them. Nobody imports this module."""

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
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
    Original,
    PageText,
    Scan,
)
from catalog.search.models import IndexLease, NameList
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
    "IndexLease",
    "Instantiation",
    "IntakeBatch",
    "IntakeFile",
    "Mention",
    "MentionForm",
    "MentionReading",
    "Milestone",
    "NameArrangement",
    "NameForm",
    "NameList",
    "Original",
    "Page",
    "PageText",
    "Panel",
    "Part",
    "Person",
    "PersonName",
    "Place",
    "PlaceName",
    "PlaceSuccession",
    "Placement",
    "Record",
    "Repository",
    "Scan",
    "Source",
    "Statement",
    "SyllableKey",
    "Unit",
    "UnitAlias",
    "User",
]  # fmt: skip
