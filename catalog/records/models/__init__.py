"""Descriptions in their hierarchy, their pages, the names on them, and statements about them."""

from catalog.records.models.covers import Cover
from catalog.records.models.custody import CustodyEvent, Instantiation
from catalog.records.models.findings import CatalogueFinding, CheckPlace
from catalog.records.models.mentions import Identification, Mention, MentionForm, MentionReading
from catalog.records.models.pages import Page
from catalog.records.models.records import Identifier, Record, Spread
from catalog.records.models.repositories import Repository
from catalog.records.models.statements import Statement

__all__ = [
    "CatalogueFinding",
    "CheckPlace",
    "Cover",
    "CustodyEvent",
    "Identification",
    "Identifier",
    "Instantiation",
    "Mention",
    "MentionForm",
    "MentionReading",
    "Page",
    "Record",
    "Repository",
    "Spread",
    "Statement",
]
