"""Assembly: every room's models, where Django looks for them. Nobody imports this module."""

from catalog.accounts.models import OpenSession, SignIn, User
from catalog.changes.models import Change, TrashedRow
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.images.models import FixityFinding, FixityPass, Original, Scan
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.jobs.models import Job, Lease
from catalog.name_lists.models import NameList
from catalog.people.models import (
    NameArrangement,
    NameForm,
    Person,
    PersonMerge,
    PersonName,
    SyllableKey,
    Unit,
    UnitAlias,
)
from catalog.places.models import Place, PlaceName, PlaceSuccession
from catalog.reading.models import MentionProposal, PageReading, ReadingPriority, ReadingSwitch
from catalog.records.models import (
    CatalogueFinding,
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
    Spread,
    Statement,
)
from catalog.sources.models import Source
from catalog.texts.models import PageText, PageTranslation, TextDraft
from catalog.upkeep.models import Alarm, ErrorNote

__all__ = [
    "Alarm",
    "CatalogueFinding",
    "Change",
    "Cover",
    "CustodyEvent",
    "ErrorNote",
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
    "OpenSession",
    "Original",
    "Page",
    "PageReading",
    "PageText",
    "PageTranslation",
    "Panel",
    "Part",
    "Person",
    "PersonMerge",
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
    "SignIn",
    "Source",
    "Spread",
    "Statement",
    "SyllableKey",
    "TextDraft",
    "TrashedRow",
    "Unit",
    "UnitAlias",
    "User",
]
