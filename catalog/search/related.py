"""Records similar to a record, by the words that distinguish it from others, as the engine weights them."""

import logging

from catalog.engines.interface import EngineError, SearchRequest
from catalog.engines.query import Either, Node, Phrase, query_words
from catalog.records.models import Record
from catalog.records.queries import Asker, audiences, visible_to
from catalog.search.engine import engine

logger = logging.getLogger(__name__)

MOST_RECORDS = 6
# More hits than records shown, since some are parent or children of the record, which its page shows anyway.
SPARE_HITS = 4
MOST_NAMES = 6
MOST_WORDS = 12
# Letters that a word must have.
SHORTEST = 3
# Time for the engine.
SECONDS = 0.3


def related_records(record: Record, names: list[str], asker: Asker) -> list[Record]:
    """The records most similar to `record`, best first: by its title, its keywords and the `names` written in it.

    Empty where the engine is unavailable or nothing is similar.
    """
    query = _similarity_query(record, names)
    if query is None:
        return []
    request = SearchRequest(
        query,
        ("record",),
        audiences(asker),
        without=frozenset({f"record:{record.pk}"}),
        limit=MOST_RECORDS + SPARE_HITS,
        seconds=SECONDS,
    )
    try:
        keys = [int(hit.key.partition(":")[2]) for hit in engine().search(request).hits]
    except EngineError as error:
        logger.warning("related records cannot be looked for: %s", error)
        return []
    near = {record.parent_id, *record.children.values_list("pk", flat=True)[:50]}
    visible = visible_to(asker).select_related("repository").prefetch_related("identifiers").in_bulk(keys)
    return [visible[key] for key in keys if key in visible and key not in near][:MOST_RECORDS]


def _similarity_query(record: Record, names: list[str]) -> Node | None:
    """Any of the record's names and words; None where it has none."""
    nodes: list[Node] = []
    for name in dict.fromkeys(names[:MOST_NAMES]):
        words = query_words(name)
        if len(words) > 1:
            nodes.append(Phrase(words))
    by_folded = {
        word.folded: word
        for word in query_words(f"{record.title_vi} {record.keywords}")
        if len(word.folded) >= SHORTEST
    }
    # Long words and numbers distinguish better than short words, and cost the engine less.
    nodes += sorted(by_folded.values(), key=lambda word: (-len(word.folded), word.folded))[:MOST_WORDS]
    return Either(tuple(nodes)) if nodes else None
