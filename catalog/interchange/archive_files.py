"""Taking an archive in from a folder of readable YAML.

What is missing is made; what stands is left alone, so that a second run changes nothing and an edit made by a person is
never undone. Each record, with everything in it, is one transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils import timezone

from catalog.changes.models import enqueue_changes
from catalog.changes.writing import HOUSE, action_in_steps, write_changes, write_new
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.people.models import Person, PersonName, Unit, UnitAlias
from catalog.places.models import Place, PlaceSuccession
from catalog.records.models import (
    CustodyEvent,
    Identification,
    Identifier,
    Instantiation,
    Mention,
    MentionReading,
    Page,
    Record,
    Repository,
    Statement,
)
from catalog.rules.identifiers import clean_identifier
from catalog.sources.models import Source

Entry = dict[str, Any]


class ArchiveFileError(ValueError):
    """Something in the files cannot be taken in; the message says file, entry, field, and how to mend it."""


@dataclass
class Loaded:
    """How many of each were made."""

    made: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """One more."""
        self.made[what] = self.made.get(what, 0) + 1


@dataclass(frozen=True)
class PlannedPage:
    """A page that has no image yet, and what is to be drawn on it. `facts` by name; `bare` names get none."""

    page_id: int
    drawing: Entry
    facts: dict[str, Entry]
    bare: bool
    persons: Entry | None


def entries(folder: Path, name: str) -> Iterator[tuple[str, Entry]]:
    """(where, entry) of `name`.yaml, or of every file in the folder `name`, in order. Raises ArchiveFileError."""
    single = folder / f"{name}.yaml"
    files = [single] if single.exists() else sorted((folder / name).glob("*.yaml"))
    for path in files:
        try:
            listed = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        except yaml.YAMLError as error:
            raise ArchiveFileError(f"{path.name} is not readable YAML: {error}. Mend the line it names.") from error
        if not isinstance(listed, list):
            raise ArchiveFileError(f"{path.name} must be a list of entries, each beginning with “- ”.")
        for at, entry in enumerate(listed, start=1):
            yield f"{path.name}, entry {at}", dict(entry)


@action_in_steps
def load_descriptions(folder: Path, said: Callable[[str], None]) -> Loaded:
    """Take in everything but images; returns what was made. Raises ArchiveFileError at the first entry that cannot
    be."""
    loaded = Loaded()
    plain: list[tuple[str, type[models.Model], str]] = [
        ("sources", Source, "slug"),
        ("repositories", Repository, "code"),
        ("places", Place, "slug"),
    ]
    for name, model, key in plain:
        later: list[tuple[str, Entry]] = []
        for where, entry in entries(folder, name):
            # A place may lie within one that stands further down in the file.
            if name == "places" and entry.get("within") and not Place.objects.filter(slug=entry["within"]).exists():
                later.append((where, entry))
            else:
                _plain(where, model, key, entry, loaded, name)
        for where, entry in later:
            _plain(where, model, key, entry, loaded, name)
    for where, entry in entries(folder, "place_successions"):
        values = _values(where, PlaceSuccession, entry)
        known = PlaceSuccession.objects.filter(predecessor=values["predecessor"], successor=values["successor"])
        if not known.exists():
            _save(where, PlaceSuccession(**values))
    for where, entry in entries(folder, "units"):
        if not Unit.objects.filter(normal_form=entry["normal_form"]).exists():
            with transaction.atomic():
                aliases = entry.pop("aliases", [])
                unit = _save(where, Unit(**_values(where, Unit, entry)))
                for alias in aliases:
                    _save(where, UnitAlias(unit=unit, **_values(where, UnitAlias, alias)))
                loaded.count("units")
    for where, entry in entries(folder, "persons"):
        if _person_once_named(entry["name_vi"]) is None:
            _person(where, entry)
            loaded.count("persons")
    said("authorities stand")
    for where, entry in entries(folder, "records"):
        _record(where, entry, loaded)
    said("records stand")
    for where, entry in entries(folder, "exhibitions"):
        if not Exhibition.objects.filter(slug=entry["slug"]).exists():
            with transaction.atomic():
                _exhibition(where, entry)
            loaded.count("exhibitions")
    return loaded


def planned_pages(folder: Path) -> list[PlannedPage]:
    """Pages of the files' records that have a drawing and no image yet."""
    planned = []
    for _where, entry in entries(folder, "records"):
        drawings = {at: page for at, page in enumerate(_pages_of(entry), start=1) if "draw" in page}
        record = _record_of(str(entry["identifier"]))
        if record is None or not drawings:
            continue
        pages = Page.objects.filter(record=record, number__in=drawings, scans=None)
        planned += [
            PlannedPage(
                page.pk,
                drawings[page.number]["draw"],
                entry.get("mention_defaults", {}),
                bool(drawings[page.number].get("bare_names")),
                entry.get("persons_from_names"),
            )
            for page in pages
        ]
    return planned


@action_in_steps
def place_mentions(planned: PlannedPage, names: Iterable[tuple[str, str, tuple[int, int, int, int]]]) -> int:
    """Make the mentions of a drawn page: (name, person's key or empty, box in pixels) each; returns how many."""
    page = Page.objects.select_related("record").get(pk=planned.page_id)
    made = 0
    with transaction.atomic():
        for position, (name, key, (x, y, w, h)) in enumerate(names, start=1):
            facts = dict(planned.facts.get(name, {})) if not planned.bare else {}
            readings = facts.pop("readings", [])
            decision: Entry = {
                part: facts.pop(part) for part in ("certainty", "reason_vi", "reason_en", "source") if part in facts
            }
            values = _values(f"mention {name}", Mention, facts)
            mention = Mention(
                record=page.record,
                page=page,
                name=name,
                position=position,
                invented=page.record.invented,
                box_x=x,
                box_y=y,
                box_w=w,
                box_h=h,
                **values,
            )
            _save(f"mention {name}", mention)
            for reading in readings:
                _save(f"mention {name}", MentionReading(mention=mention, **reading))
            made += 1
            if planned.persons:
                decision = {part: planned.persons[part] for part in ("certainty", "reason_vi", "reason_en", "source")}
                _identify(mention, _invented_person(name, planned.persons), decision)
            elif key and (person := _person_once_named(key)):
                _identify(mention, person, decision)
    return made


def _plain(where: str, model: type[models.Model], key: str, entry: Entry, loaded: Loaded, name: str) -> None:
    if not model._default_manager.filter(**{key: entry[key]}).exists():
        _save(where, model(**_values(where, model, entry)))
        loaded.count(name)


def _values(where: str, model: type[models.Model], entry: Entry) -> Entry:
    """The entry's fields as the model takes them; natural keys become rows."""
    finders: dict[type[models.Model], str] = {Source: "slug", Repository: "code", Place: "slug", Unit: "normal_form"}
    values: Entry = {}
    for name, value in entry.items():
        if name == "covers":
            continue
        try:
            described = model._meta.get_field(name)
        except FieldDoesNotExist:
            raise ArchiveFileError(f"{where}: {model.__name__} has no field “{name}”. Check its spelling.") from None
        target = described.related_model
        if isinstance(target, type) and issubclass(target, models.Model) and value is not None:
            key = finders.get(target)
            found = target._default_manager.filter(**{key: value}).first() if key else _record_of(str(value))
            if found is None:
                raise ArchiveFileError(
                    f"{where}: “{name}: {value}” names nothing that stands. Add it, or mend the name."
                )
            values[name] = found
        else:
            text = isinstance(described, models.CharField | models.TextField)
            values[name] = str(value) if text and value is not None else value
    return values


def _save(where: str, row: Any) -> Any:
    try:
        row.full_clean(exclude=[one.name for one in row._meta.fields if not one.editable])
    except ValidationError as error:
        told = "; ".join(f"{name}: {' '.join(words)}" for name, words in error.message_dict.items())
        raise ArchiveFileError(f"{where}: {told}") from error
    return write_new(row, actor=HOUSE)


def _record_of(identifier: str) -> Record | None:
    matched = clean_identifier(identifier).value.upper()
    found = Identifier.objects.filter(matched=matched).select_related("record").first()
    return found.record if found else None


def _person_once_named(name: str) -> Person | None:
    """The person who was made under that name, whatever he is called now: history remembers."""
    born = Person.history.filter(history_type="+", name_vi=name).values_list("id", flat=True).first()
    return Person.objects.filter(pk=born).first() if born else None


def _person(where: str, entry: Entry) -> None:
    with transaction.atomic():
        names, statements = entry.pop("names", []), entry.pop("statements", [])
        person = _save(where, Person(**_values(where, Person, entry)))
        for name in names:
            _save(where, PersonName(person=person, **_values(where, PersonName, name)))
        for statement in statements:
            _save(where, Statement(person=person, **_values(where, Statement, statement)))


def _invented_person(name: str, facts: Entry) -> Person:
    standing = _person_once_named(name)
    if standing is not None:
        return standing
    person = Person(name_vi=name, summary_vi=facts["summary_vi"], summary_en=facts["summary_en"], invented=True)
    _save(f"person {name}", person)
    source = Source.objects.get(slug=facts["source"])
    _save(f"person {name}", PersonName(person=person, value=name, source=source))
    return person


def _identify(mention: Mention, person: Person, decision: Entry) -> None:
    if decision:
        values = _values(f"mention {mention.name}", Identification, decision)
        _save(f"mention {mention.name}", Identification(mention=mention, person=person, **values))


def _pages_of(entry: Entry) -> list[Entry]:
    """The pages an entry gives; `photo` is short for one card with the titles on it."""
    if "photo" not in entry:
        return list(entry.get("pages", []))
    named, title, lines = entry.get("named", {}), str(entry["title_vi"]), f"{entry['title_en']}\n{entry['photo']}"
    for name in named:
        title = title.replace(name, f"[[{name}|{name}]]", 1)
    return [
        {
            "title_vi": "Thẻ mô tả",
            "title_en": "Descriptive card",
            "draw": {"form": "photograph", "heading": title, "lines": lines},
        }
    ]


def _record(where: str, entry: Entry, loaded: Loaded) -> None:
    identifier = str(entry["identifier"])
    if _record_of(identifier) is not None:
        return
    # `named` of a photograph becomes its mentions' facts, when the card is drawn.
    for name, post in entry.get("named", {}).items():
        entry.setdefault("mention_defaults", {})[name] = {"post": post}
    fields = {name: value for name, value in entry.items() if name not in NESTED}
    values = {"status": Record.Status.PUBLISHED, **_values(where, Record, fields)}
    with transaction.atomic():
        record = Record(**values)
        if entry.get("published_before"):
            record.published_at = timezone.now()
        _save(where, record)
        _save(where, Identifier(record=record, value=identifier, scheme=entry.get("scheme", "local"), primary=True))
        for other in entry.get("other", []):
            _save(where, Identifier(record=record, **other))
        nested: list[tuple[str, type[models.Model]]] = [
            ("custody", CustodyEvent),
            ("instantiations", Instantiation),
            ("statements", Statement),
        ]
        for name, model in nested:
            for one in entry.get(name, []):
                _save(where, model(record=record, **_values(where, model, one)))
        for number, page in enumerate(_pages_of(entry), start=1):
            given = {name: value for name, value in page.items() if name not in ("draw", "bare_names")}
            _save(where, Page(record=record, number=number, **given))
            loaded.count("pages")
        loaded.count("records")


NESTED = {
    "identifier",
    "scheme",
    "other",
    "custody",
    "instantiations",
    "statements",
    "pages",
    "photo",
    "named",
    "mention_defaults",
    "persons_from_names",
    "published_before",
}


def _exhibition(where: str, entry: Entry) -> None:
    parts, milestones = entry.pop("parts", []), entry.pop("milestones", [])
    guestbook, cover = entry.pop("guestbook", []), entry.pop("cover", None)
    exhibition = _save(where, Exhibition(status=Exhibition.Status.PUBLISHED, **_values(where, Exhibition, entry)))
    if cover:
        page = Page.objects.filter(record=_record_of(cover), number=1).first()
        exhibition = write_changes(exhibition, {"cover": page}, actor=HOUSE, revision=None)
    for number, part in enumerate(parts, start=1):
        panels, of_part = part.pop("panels", []), part.pop("milestones", [])
        row = _save(where, Part(exhibition=exhibition, number=number, **_values(where, Part, part)))
        for at, panel in enumerate(panels, start=1):
            placements = panel.pop("placements", [])
            standing = _save(where, Panel(part=row, number=at, **_values(where, Panel, panel)))
            for position, placement in enumerate(placements, start=1):
                values = _values(where, Placement, placement)
                page = Page.objects.filter(record=values["record"], number=1).first()
                _save(where, Placement(panel=standing, position=position, page=page, **values))
        _milestones(where, exhibition, row, of_part)
    _milestones(where, exhibition, None, milestones)
    for words in guestbook:
        GuestbookEntry.objects.create(exhibition=exhibition, state=GuestbookEntry.State.SHOWN, **words)
    enqueue_changes([("exhibition", exhibition.pk)])


def _milestones(where: str, exhibition: Exhibition, part: Part | None, listed: list[Entry]) -> None:
    for position, one in enumerate(listed, start=1):
        records = [_record_of(identifier) for identifier in one.pop("records", [])]
        values = _values(where, Milestone, one)
        milestone = _save(where, Milestone(exhibition=exhibition, part=part, position=position, **values))
        milestone.records.set([record for record in records if record])
