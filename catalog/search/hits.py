"""Hits with what a list of results shows of them, as far as the asker may see, and their grouping by record."""

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

# Page hits shown of one record.
PAGES_SHOWN = 3
# Pages before and after a page among which the nearest match is looked for; texts that are read at once.
MOST_PAGES_READ, TEXTS_AT_ONCE = 400, 25
Words = list[Word | Prefix | Near]
# x, y, width and height in pixels of the upright full-size image.
WordBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class RecordHit:
    """A record that was found: its title with the hits marked, and an excerpt of its description with hits, if any."""

    record: Record
    title: Highlight | None
    excerpt: Highlight | None
    kind: str = "record"


@dataclass(frozen=True)
class PageHit:
    """A page that was found: its image, an excerpt of its text with hits, and the boxes of its hits, the longest hit
    first."""

    page: Page
    scan: Scan | None
    excerpt: Highlight | None
    boxes: list[WordBox] = field(default_factory=list)
    kind: str = "page"


@dataclass(frozen=True)
class ExhibitionHit:
    """An exhibition that was found: its title with the hits marked, and an excerpt of its introduction."""

    exhibition: Exhibition
    title: Highlight | None
    excerpt: Highlight | None
    kind: str = "exhibition"


@dataclass(frozen=True)
class RecordGroup:
    """The hits of one record: its own (None if only its pages were found) and those of its best pages.

    page_total: how many of its pages were found in all; None where that is not known.
    """

    record: Record
    hit: RecordHit | None
    pages: list[PageHit]
    page_total: int | None = None
    kind: str = "record_group"


Hit = RecordHit | PageHit | ExhibitionHit


def group_by_record(hits: Sequence[Hit], page_totals: Mapping[str, int]) -> list[RecordGroup | ExhibitionHit]:
    """Hits grouped by their records. A group has the place of its best hit; exhibitions have their own places.

    page_totals: how many pages of each record were found, by the record's key (`record:1`).
    """
    entries: list[RecordGroup | ExhibitionHit] = []
    index_of: dict[int, int] = {}
    for hit in hits:
        if isinstance(hit, ExhibitionHit):
            entries.append(hit)
            continue
        record = hit.record if isinstance(hit, RecordHit) else hit.page.record
        if record.pk not in index_of:
            index_of[record.pk] = len(entries)
            entries.append(RecordGroup(record, None, [], page_totals.get(f"record:{record.pk}")))
        index = index_of[record.pk]
        group = entries[index]
        if isinstance(group, RecordGroup):
            if isinstance(hit, RecordHit):
                entries[index] = RecordGroup(record, hit, group.pages, group.page_total)
            elif len(group.pages) < PAGES_SHOWN:
                group.pages.append(hit)
    return entries


def word_boxes(text: ShownText, q: str) -> list[WordBox]:
    """Boxes of the words of `q` on a page; the boxes of neighbours on one line are joined."""
    slices = hit_slices(without_marks(text.text), parse_query(q).node)
    return [box for boxes in _boxes_of_slices(text.boxes, slices) for box in boxes]


def match_positions(text: ShownText, node: Node | None) -> list[tuple[int, int, list[WordBox]]]:
    """The hits of a query in a page's text: (start, end, one box for each line). Empty where the text does not satisfy
    the query."""
    plain = without_marks(text.text)
    if not satisfies(plain, node):
        return []
    slices = hit_slices(plain, node)
    boxes = _boxes_of_slices(text.boxes, slices)
    return [(start, end, own_boxes) for (start, end), own_boxes in zip(slices, boxes, strict=True)]


def nearest_matching_pages(q: str, pages: Sequence[Page], index: int, asker: Asker) -> tuple[Page | None, Page | None]:
    """Of a record's `pages`, the nearest before and the nearest after the one at `index` whose text, as far as `asker`
    may read it, satisfies `q`; None where there is none within MOST_PAGES_READ pages."""
    node = parse_query(q).node
    before = list(reversed(pages[max(0, index - MOST_PAGES_READ) : index]))
    after = pages[index + 1 : index + 1 + MOST_PAGES_READ]
    return _first_match(node, before, asker), _first_match(node, after, asker)


def _first_match(node: Node | None, pages: Sequence[Page], asker: Asker) -> Page | None:
    for start in range(0, len(pages), TEXTS_AT_ONCE):
        batch = pages[start : start + TEXTS_AT_ONCE]
        texts = texts_of_pages([page.pk for page in batch], asker)
        for page in batch:
            if page.pk in texts and satisfies(without_marks(texts[page.pk].text), node):
                return page
    return None


def load_hits(keys: Sequence[str], words: Words, asker: Asker) -> list[Hit]:
    """The hits of these document keys that `asker` may see, in their order, with `words` marked."""
    pks: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for key in keys:
        kind, _, pk = key.partition(":")
        pks[kind].append(int(pk))
    records = visible_to(asker).prefetch_related("identifiers").select_related("repository").in_bulk(pks["record"])
    pages = (
        visible_pages(asker)
        .select_related("record__repository")
        .prefetch_related("record__identifiers")
        .in_bulk(pks["page"])
    )
    exhibitions = visible_exhibitions(asker).in_bulk(pks["exhibition"])
    scans = scans_of_pages(list(pages), asker)
    texts = texts_of_pages(list(pages), asker)
    hits: list[Hit] = []
    for key in keys:
        kind, _, pk = key.partition(":")
        if kind == "record" and int(pk) in records:
            hits.append(_record_hit(records[int(pk)], words))
        elif kind == "page" and int(pk) in pages:
            text = texts.get(int(pk))
            excerpt = highlight(without_marks(text.text), words) if text else None
            boxes = _hit_boxes(text, words) if text else []
            hits.append(PageHit(pages[int(pk)], scans.get(int(pk)), excerpt, boxes))
        elif kind == "exhibition" and int(pk) in exhibitions:
            exhibition = exhibitions[int(pk)]
            title = highlight(exhibition.title_vi, words, complete=True)
            excerpt = highlight(f"{exhibition.opening_vi}\n{exhibition.opening_en}", words)
            hits.append(ExhibitionHit(exhibition, title, excerpt))
    return hits


def _record_hit(record: Record, words: Words) -> RecordHit:
    body = "\n".join(filter(None, [record.description_vi, record.description_en, record.note_vi, record.keywords]))
    return RecordHit(record, highlight(record.title_vi, words, complete=True), highlight(body, words))


def _hit_boxes(text: ShownText, words: Words) -> list[WordBox]:
    """Boxes of the hits, those of the hit with most words first: the strip of a page hit shows the first box."""
    slices = word_slices(without_marks(text.text), words)
    longest_first = sorted(slices, key=lambda bounds: -len(text.text[bounds[0] : bounds[1]].split()))
    return [box for boxes in _boxes_of_slices(text.boxes, longest_first) for box in boxes]


def _boxes_of_slices(rows: list[list[int]], slices: Sequence[tuple[int, int]]) -> list[list[WordBox]]:
    """For each slice (start, end) of a text its boxes, one for each line.

    rows: [start, end, x, y, width, height] of each word.
    """
    boxes_of_slices: list[list[WordBox]] = []
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
        boxes_of_slices.append(joined)
    return boxes_of_slices
