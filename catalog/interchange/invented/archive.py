"""A whole invented catalogue, written straight into the database, and taken out of it again.

It stands in a repository of its own, every record of it is marked invented, and nothing else is touched.
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
KINDS = [
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
    """An invented archive stands already."""


@action_in_steps
def make_archive(*, records: int, pages: int, mentions: int, seed: int, progress: Progress) -> None:
    """Write an invented archive of `records` records in all, with `pages` pages and `mentions` names to be found.

    The same for the same figures and seed. `progress` is told how many records and pages are done. Raises AlreadyThere.
    """
    if Repository.objects.filter(slug=SLUG).exists():
        raise AlreadyThere
    repository = Repository.objects.create(
        code=CODE, slug=SLUG, name_vi="Lưu trữ hư cấu để thử", name_en="Invented archive for trying out"
    )
    maker = _Maker(repository, records, pages, seed)
    done = 0
    for batch in _batches(maker.records(), BATCH):
        with transaction.atomic():
            Record.objects.bulk_create(batch, batch_size=500)
            numbers = [
                Identifier(record=one, value=one.code, scheme="local", primary=True)
                for one in batch
                if one.level == "file"
            ]
            for number in numbers:
                number.matched = number.value
            Identifier.objects.bulk_create(numbers, batch_size=BATCH)
        maker.made(batch)
        progress(done := done + len(batch))
    for some in _batches(maker.pages(), BATCH):
        with transaction.atomic():
            Page.objects.bulk_create([page for page, _ in some], batch_size=BATCH)
            texts = [PageText(page=page, text=text, origin=PageText.Origin.OCR, confidence=0.8) for page, text in some]
            PageText.objects.bulk_create(texts, batch_size=500)
        progress(done := done + len(some))
    for rows in _batches(maker.mentions(mentions), BATCH):
        add_mentions(actor=HOUSE, rows=rows)
        progress(done)


@action_in_steps
def remove_archive(*, progress: Progress) -> int:
    """Take the invented archive out again; returns how many records it had."""
    own = Record.objects.filter(repository__slug=SLUG)
    done = 0
    forms: set[int] = set()
    for level in ("file", "inventory", "fonds"):
        while some := list(own.filter(level=level).values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                mentions = Mention.objects.filter(record__in=some).values("pk")
                linked = MentionForm.objects.filter(mention__in=mentions)
                forms.update(linked.values_list("form_id", flat=True))
                pages = Page.objects.filter(record__in=some).values("pk")
                for rows in (
                    linked,
                    MentionReading.objects.filter(mention__in=mentions),
                    Mention.history.filter(record__in=some),
                    Mention.objects.filter(record__in=some),
                    PageText.objects.filter(page__in=pages),
                    Page.objects.filter(record__in=some),
                    Identifier.objects.filter(record__in=some),
                    Record.objects.filter(pk__in=some),
                ):
                    rows._raw_delete(rows.db)
            progress(done := done + len(some))
    for at in range(0, len(forms), BATCH):
        left = NameForm.objects.filter(pk__in=sorted(forms)[at : at + BATCH], mention_forms=None, person_names=None)
        left.delete()
    Repository.objects.filter(slug=SLUG).delete()
    return done


class _Maker:
    def __init__(self, repository: Repository, records: int, pages: int, seed: int) -> None:
        self.repository = repository
        self.total, self.page_total = records, pages
        self.draw = random.Random(seed)  # noqa: S311 — reproducible on purpose
        self.writer = Writer(self.draw)
        self.names = invented_names(max(1000, min(records, 200_000)), seed)
        self.now = timezone.now()
        self.files: list[int] = []

    def records(self) -> Iterator[Record]:
        """Fonds, their inventories, and the files in them, each after what it stands in."""
        inventory: Record | None = None
        fonds: Record | None = None
        inventories = files = 0
        for at in range(self.total):
            if fonds is None or (inventories >= INVENTORIES_A_FONDS and files >= FILES_AN_INVENTORY):
                fonds = self._record(at, None, "fonds", f"P{at + 1:07}", f"Phông hư cấu {at + 1}", "")
                fonds.save()
                inventory, inventories = None, 0
                continue
            if inventory is None or files >= FILES_AN_INVENTORY:
                inventory = self._record(at, fonds, "inventory", f"M{at + 1:07}", f"Mục lục hư cấu {at + 1}", "")
                inventory.save()
                inventories, files = inventories + 1, 0
                continue
            files += 1
            name, place = self._name(), self.draw.choice(PLACES)
            title = (
                f"Hồ sơ hư cấu: {self.draw.choice(('giấy tờ của', 'thư của', 'sổ tay của', 'danh sách có tên'))} {name}"
            )
            said = f"{self.writer.text(20, 80)} {name}, {self._unit()}, quê {place}."
            yield self._record(at, inventory, "file", f"HC{at + 1:09}", title, said)

    def made(self, batch: list[Record]) -> None:
        """Remember the files that pages can be put into."""
        self.files += [record.pk for record in batch if record.level == "file"]

    def pages(self) -> Iterator[tuple[Page, str]]:
        """Pages spread over the files, each with its text."""
        for at in range(self.page_total if self.files else 0):
            facts = [self._name(), self._unit(), self.draw.choice(PLACES), str(self.draw.randint(1945, 1975))]
            page = Page(
                record_id=self.files[at % len(self.files)],
                number=at // len(self.files) + 1,
                address=at // len(self.files) + 1,
            )
            yield page, self.writer.page(150, 300, facts)

    def mentions(self, count: int) -> Iterator[MentionRow]:
        """Names to be found, in the files in turn."""
        for at in range(count if self.files else 0):
            said = {
                "unit_text": self._unit(),
                "home_text": self.draw.choice(PLACES),
                "born_text": str(self.draw.randint(1930, 1952)),
                "enlisted_text": str(self.draw.randint(1960, 1972)),
            }
            yield MentionRow(self.files[at % len(self.files)], None, self._name(), said)

    def _name(self) -> str:
        return self.draw.choice(self.names)

    def _unit(self) -> str:
        draw = self.draw
        return f"c{draw.randint(1, 20)}/d{draw.randint(1, 9)}/e{draw.choice(REGIMENTS)}/f{draw.choice(DIVISIONS)}"

    def _record(self, at: int, parent: Record | None, level: str, code: str, title: str, said: str) -> Record:
        draw = self.draw
        first = datetime.date(
            draw.choices(range(1945, 1976), [1] * 15 + [6] * 16)[0], draw.randint(1, 12), draw.randint(1, 28)
        )
        last = first + datetime.timedelta(days=draw.choice((0, 0, 0, 30, 365, 1200)))
        # One in fifty is a draft and one in fifty closed, so that what may not be seen costs what it costs in life.
        hidden = draw.random() if level == "file" else 1.0
        record = Record(
            repository=self.repository,
            parent=parent,
            level=level,
            code=code,
            title_vi=title,
            description_vi=said,
            position=at,
            kind=draw.choice(KINDS) if level == "file" else "",
            languages="vi" if draw.random() < 0.9 else "vi,en",
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
        record.published_at = self.now - datetime.timedelta(seconds=self.total - at) if record.chain_published else None
        return record


def _batches(source: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while some := list(islice(source, size)):
        yield some
