"""Writing an invented archive directly into the database, and removing it.

It has a repository of its own, all its records are marked as invented, and nothing else is changed.
"""

import datetime
import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.changes.writing import HOUSE, action_in_steps
from catalog.interchange.invented.names import invented_names
from catalog.interchange.invented.words import PLACES, Writer
from catalog.people.models import NameForm
from catalog.records.actions import MentionRow, add_mentions
from catalog.records.models import Identifier, Mention, MentionForm, MentionReading, Page, Record, Repository
from catalog.rules.identifiers import reference_key
from catalog.rules.standing import ALWAYS
from catalog.texts.models import PageText

CODE, SLUG = "HC-THU", "invented-archive"
BATCH = 2000
FILES_AN_INVENTORY, INVENTORIES_A_FONDS = 400, 500
DOCUMENT_KINDS = [
    "personal_papers",
    "notebook",
    "letter",
    "roster",
    "certificate",
    "report",
    "pass",
    "id_card",
    "table",
    "photograph",
]
REGIMENTS, DIVISIONS = (90, 812, 803, 29, 101, 6, 4, 88, 3, 141), (324, 325, 304, 308, 320, 2, 3, 5, 7, 9)
Progress = Callable[[int], None]


class AlreadyThere(Exception):
    """There is an invented archive already."""


@action_in_steps
def make_archive(*, records: int, pages: int, mentions: int, seed: int, progress: Progress) -> None:
    """Write an invented archive with `records` records in total, `pages` pages and `mentions` mentions.

    The result is the same for the same numbers and seed. progress: called with the number of records and pages written.
    Raises AlreadyThere.
    """
    if Repository.objects.filter(slug=SLUG).exists():
        raise AlreadyThere
    repository = Repository.objects.create(
        code=CODE, slug=SLUG, name_vi="Lưu trữ hư cấu để thử", name_en="Invented archive for trying out"
    )
    generator = _ArchiveGenerator(repository, records, pages, seed)
    done = 0
    for batch in _batches(generator.records(), BATCH):
        with transaction.atomic():
            Record.objects.bulk_create(batch, batch_size=500)
            numbers = [
                Identifier(record=record, value=record.code, scheme="local", primary=True)
                for record in batch
                if record.level == "file"
            ]
            for number in numbers:
                number.matched = number.value
            Identifier.objects.bulk_create(numbers, batch_size=BATCH)
        generator.add_files(batch)
        progress(done := done + len(batch))
    for batch in _batches(generator.pages(), BATCH):
        with transaction.atomic():
            Page.objects.bulk_create([page for page, _ in batch], batch_size=BATCH)
            texts = [PageText(page=page, text=text, origin=PageText.Origin.OCR, confidence=0.8) for page, text in batch]
            PageText.objects.bulk_create(texts, batch_size=500)
        progress(done := done + len(batch))
    for rows in _batches(generator.mentions(mentions), BATCH):
        add_mentions(actor=HOUSE, rows=rows)
        progress(done)


@action_in_steps
def remove_archive(*, progress: Progress) -> int:
    """Remove the invented archive; returns how many records it had."""
    invented_records = Record.objects.filter(repository__slug=SLUG)
    done = 0
    forms: set[int] = set()
    for level in ("file", "inventory", "fonds"):
        while keys := list(invented_records.filter(level=level).values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                mentions = Mention.objects.filter(record__in=keys).values("pk")
                linked = MentionForm.objects.filter(mention__in=mentions)
                forms.update(linked.values_list("form_id", flat=True))
                pages = Page.objects.filter(record__in=keys).values("pk")
                for rows in (
                    linked,
                    MentionReading.objects.filter(mention__in=mentions),
                    Mention.history.filter(record__in=keys),
                    Mention.objects.filter(record__in=keys),
                    PageText.objects.filter(page__in=pages),
                    Page.objects.filter(record__in=keys),
                    Identifier.objects.filter(record__in=keys),
                    Record.objects.filter(pk__in=keys),
                ):
                    rows._raw_delete(rows.db)
            progress(done := done + len(keys))
    for start in range(0, len(forms), BATCH):
        unused_forms = NameForm.objects.filter(
            pk__in=sorted(forms)[start : start + BATCH], mention_forms=None, person_names=None
        )
        unused_forms.delete()
    Repository.objects.filter(slug=SLUG).delete()
    return done


class _ArchiveGenerator:
    def __init__(self, repository: Repository, records: int, pages: int, seed: int) -> None:
        self.repository = repository
        self.total, self.page_total = records, pages
        self.rng = random.Random(seed)  # noqa: S311 — reproducible on purpose
        self.writer = Writer(self.rng)
        self.names = invented_names(max(1000, min(records, 200_000)), seed)
        self.now = timezone.now()
        self.files: list[int] = []

    def records(self) -> Iterator[Record]:
        """Fonds, inventories and files, each after its parent."""
        inventory: Record | None = None
        fonds: Record | None = None
        inventories = files = 0
        for index in range(self.total):
            if fonds is None or (inventories >= INVENTORIES_A_FONDS and files >= FILES_AN_INVENTORY):
                fonds = self._record(index, None, "fonds", f"P{index + 1:07}", f"Phông hư cấu {index + 1}", "")
                fonds.save()
                inventory, inventories = None, 0
                continue
            if inventory is None or files >= FILES_AN_INVENTORY:
                inventory = self._record(
                    index, fonds, "inventory", f"M{index + 1:07}", f"Mục lục hư cấu {index + 1}", ""
                )
                inventory.save()
                inventories, files = inventories + 1, 0
                continue
            files += 1
            name, place = self._name(), self.rng.choice(PLACES)
            title = (
                f"Hồ sơ hư cấu: {self.rng.choice(('giấy tờ của', 'thư của', 'sổ tay của', 'danh sách có tên'))} {name}"
            )
            description = f"{self.writer.text(20, 80)} {name}, {self._unit()}, quê {place}."
            yield self._record(index, inventory, "file", f"HC{index + 1:09}", title, description)

    def add_files(self, batch: list[Record]) -> None:
        """Add the files of a saved batch, so that pages can be put into them."""
        self.files += [record.pk for record in batch if record.level == "file"]

    def pages(self) -> Iterator[tuple[Page, str]]:
        """Pages distributed over the files, each with its text."""
        for index in range(self.page_total if self.files else 0):
            facts = [self._name(), self._unit(), self.rng.choice(PLACES), str(self.rng.randint(1945, 1975))]
            page = Page(
                record_id=self.files[index % len(self.files)],
                number=index // len(self.files) + 1,
                address=index // len(self.files) + 1,
            )
            yield page, self.writer.page(150, 300, facts)

    def mentions(self, count: int) -> Iterator[MentionRow]:
        """Mentions distributed over the files."""
        for index in range(count if self.files else 0):
            fields = {
                "unit_text": self._unit(),
                "home_text": self.rng.choice(PLACES),
                "born_text": str(self.rng.randint(1930, 1952)),
                "enlisted_text": str(self.rng.randint(1960, 1972)),
            }
            yield MentionRow(self.files[index % len(self.files)], None, self._name(), fields)

    def _name(self) -> str:
        return self.rng.choice(self.names)

    def _unit(self) -> str:
        rng = self.rng
        return f"c{rng.randint(1, 20)}/d{rng.randint(1, 9)}/e{rng.choice(REGIMENTS)}/f{rng.choice(DIVISIONS)}"

    def _record(self, index: int, parent: Record | None, level: str, code: str, title: str, description: str) -> Record:
        rng = self.rng
        first = datetime.date(
            rng.choices(range(1945, 1976), [1] * 15 + [6] * 16)[0], rng.randint(1, 12), rng.randint(1, 28)
        )
        last = first + datetime.timedelta(days=rng.choice((0, 0, 0, 30, 365, 1200)))
        # One in fifty is a draft and one in fifty is closed, so that hidden records cost as much as in a real archive.
        hidden = rng.random() if level == "file" else 1.0
        record = Record(
            repository=self.repository,
            parent=parent,
            level=level,
            code=code,
            title_vi=title,
            description_vi=description,
            position=index,
            kind=rng.choice(DOCUMENT_KINDS) if level == "file" else "",
            languages="vi" if rng.random() < 0.9 else "vi,en",
            invented=True,
            date_text=f"{first:%d/%m/%Y}",
            date_edtf=f"{first}" if first == last else f"{first}/{last}",
            date_earliest=first,
            date_latest=last,
            status="draft" if hidden < 0.02 else "published",
            access_level="closed" if 0.02 <= hidden < 0.04 else "open",
            access_reason="hư cấu" if 0.02 <= hidden < 0.04 else "",
        )
        above = parent.reference_code if parent else self.repository.code
        record.reference_code = f"{above}/{code}"
        record.reference_key = reference_key(record.reference_code)
        record.chain_published = record.status == "published"
        record.open_from = ALWAYS if record.access_level == "open" else None
        record.published_at = (
            self.now - datetime.timedelta(seconds=self.total - index) if record.chain_published else None
        )
        return record


def _batches(source: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(islice(source, size)):
        yield batch
