"""Hits with what a list shows of them, as far as the asker may see, gathered under their records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from catalog.engines.highlights import Highlight, highlight, hit_slices, satisfies, word_slices
from catalog.engines.interface import KINDS
from catalog.engines.query import Near, Node, Prefix, Word
from catalog.exhibitions.models import Exhibition
from catalog.exhibitions.queries import visible_exhibitions
from catalog.images.models import Scan
from catalog.images.queries import scans_of_pages
from catalog.records.models import Page, Record
from catalog.records.queries import Asker, visible_pages, visible_to
from catalog.rules.transcription import without_marks
from catalog.search.parsed_query import parse_query
from catalog.texts.queries import ShownText, texts_of_pages

PAGES_SHOWN = 3
# How far from a page the next one with the words is looked for, and how many texts are fetched at once.
MOST_LOOKED_AT, TEXTS_AT_ONCE = 400, 25
Words = list[Word | Prefix | Near]


@dataclass(frozen=True)
class RecordHit:
    """A found record with its marked title and the piece of its words that was asked for."""

    record: Record
    title: Highlight | None
    piece: Highlight | None
    kind: str = "record"


@dataclass(frozen=True)
class PageHit:
    """A found page: its image, the words around the hit, and boxes (x, y, width, height) of the first hits on it."""

    page: Page
    scan: Scan | None
    piece: Highlight | None
    boxes: list[tuple[int, int, int, int]] = field(default_factory=list)
    kind: str = "page"


@dataclass(frozen=True)
class ExhibitionHit:
    """A found exhibition."""

    exhibition: Exhibition
    title: Highlight | None
    piece: Highlight | None
    kind: str = "exhibition"


@dataclass(frozen=True)
class Gathered:
    """A record with what was found of it here: itself (if its own words were found) and its best pages.

    page_total: how many of its pages were found in all; None where that is not known.
    """

    record: Record
    hit: RecordHit | None
    pages: list[PageHit]
    page_total: int | None = None
    kind: str = "gathered"


Hit = RecordHit | PageHit | ExhibitionHit


def gathered(hits: Sequence[Hit], page_totals: Mapping[str, int]) -> list[Gathered | ExhibitionHit]:
    """Hits under their records, each where its best stood. `page_totals`: found pages by key of the record
    (`record:1`)."""
    entries: list[Gathered | ExhibitionHit] = []
    by_record: dict[int, int] = {}
    for hit in hits:
        if isinstance(hit, ExhibitionHit):
            entries.append(hit)
            continue
        record = hit.record if isinstance(hit, RecordHit) else hit.page.record
        if record.pk not in by_record:
            by_record[record.pk] = len(entries)
            entries.append(Gathered(record, None, [], page_totals.get(f"record:{record.pk}")))
        at = by_record[record.pk]
        standing = entries[at]
        if isinstance(standing, Gathered):
            if isinstance(hit, RecordHit):
                entries[at] = Gathered(record, hit, standing.pages, standing.page_total)
            elif len(standing.pages) < PAGES_SHOWN:
                standing.pages.append(hit)
    return entries


def words_on_page(text: ShownText, q: str) -> list[tuple[int, int, int, int]]:
    """Boxes of the words of `q` on a page, in pixels of the upright full-size image; neighbours on a line joined."""
    slices = hit_slices(without_marks(text.text), parse_query(q).node)
    return [box for boxes in _boxes_of(text.boxes, slices) for box in boxes]


def places_on_page(text: ShownText, node: Node | None) -> list[tuple[int, int, list[tuple[int, int, int, int]]]]:
    """Where what was asked for stands on a page whose words answer it: (start, end, a box a line); else nothing."""
    plain = without_marks(text.text)
    if not satisfies(plain, node):
        return []
    slices = hit_slices(plain, node)
    boxes = _boxes_of(text.boxes, slices)
    return [(start, end, own) for (start, end), own in zip(slices, boxes, strict=True)]


def neighbours_with(q: str, pages: Sequence[Page], at: int, asker: Asker) -> tuple[Page | None, Page | None]:
    """Of a record's `pages`, those before and behind the one at index `at` whose words, as far as `asker` may read
    them, answer `q` next; None: there is none."""
    node = parse_query(q).node
    before = list(reversed(pages[max(0, at - MOST_LOOKED_AT) : at]))
    return _first_with(node, before, asker), _first_with(node, pages[at + 1 : at + 1 + MOST_LOOKED_AT], asker)


def _first_with(node: Node | None, pages: Sequence[Page], asker: Asker) -> Page | None:
    for start in range(0, len(pages), TEXTS_AT_ONCE):
        some = pages[start : start + TEXTS_AT_ONCE]
        texts = texts_of_pages([page.pk for page in some], asker)
        for page in some:
            if page.pk in texts and satisfies(without_marks(texts[page.pk].text), node):
                return page
    return None


def loaded(keys: Sequence[str], words: Words, asker: Asker) -> list[Hit]:
    """What stands behind the keys and `asker` may see, in their order, with the words marked."""
    wanted: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for key in keys:
        kind, _, pk = key.partition(":")
        wanted[kind].append(int(pk))
    records = visible_to(asker).prefetch_related("identifiers").select_related("repository").in_bulk(wanted["record"])
    pages = (
        visible_pages(asker)
        .select_related("record__repository")
        .prefetch_related("record__identifiers")
        .in_bulk(wanted["page"])
    )
    exhibitions = visible_exhibitions(asker).in_bulk(wanted["exhibition"])
    scans = scans_of_pages(list(pages), asker)
    texts = texts_of_pages(list(pages), asker)
    hits: list[Hit] = []
    for key in keys:
        kind, _, pk = key.partition(":")
        if kind == "record" and int(pk) in records:
            hits.append(_record_hit(records[int(pk)], words))
        elif kind == "page" and int(pk) in pages:
            text = texts.get(int(pk))
            piece = highlight(without_marks(text.text), words) if text else None
            boxes = _boxes(text, words) if text else []
            hits.append(PageHit(pages[int(pk)], scans.get(int(pk)), piece, boxes))
        elif kind == "exhibition" and int(pk) in exhibitions:
            one = exhibitions[int(pk)]
            title = highlight(one.title_vi, words, complete=True)
            hits.append(ExhibitionHit(one, title, highlight(f"{one.opening_vi}\n{one.opening_en}", words)))
    return hits


def _record_hit(record: Record, words: Words) -> RecordHit:
    body = "\n".join(filter(None, [record.description_vi, record.description_en, record.note_vi, record.keywords]))
    return RecordHit(record, highlight(record.title_vi, words, complete=True), highlight(body, words))


def _boxes(text: ShownText, words: Words) -> list[tuple[int, int, int, int]]:
    """Boxes of the words, the longest stretch of them first: a strip shows the first."""
    slices = word_slices(without_marks(text.text), words)
    long_first = sorted(slices, key=lambda one: -len(text.text[one[0] : one[1]].split()))
    return [box for boxes in _boxes_of(text.boxes, long_first) for box in boxes]


def _boxes_of(rows: list[list[int]], slices: Sequence[tuple[int, int]]) -> list[list[tuple[int, int, int, int]]]:
    """For each slice its boxes, neighbours on a line joined."""
    found: list[list[tuple[int, int, int, int]]] = []
    for start, end in slices:
        lines: list[list[list[int]]] = []
        for box in (row[2:6] for row in rows if row[0] < end and row[1] > start):
            if lines and abs(lines[-1][-1][1] - box[1]) < box[3]:
                lines[-1].append(box)
            else:
                lines.append([box])
        joined = []
        for line in lines:
            left, top = min(box[0] for box in line), min(box[1] for box in line)
            right, bottom = max(box[0] + box[2] for box in line), max(box[1] + box[3] for box in line)
            joined.append((left, top, right - left, bottom - top))
        found.append(joined)
    return found
