"""Records like one record: by the words that tell it from the others, as the engine weighs them."""

import logging

from catalog.engines.interface import EngineError, SearchRequest
from catalog.engines.query import Either, Node, Phrase, query_words
from catalog.records.models import Record
from catalog.records.queries import Asker, audiences, visible_to
from catalog.search.engine import engine

logger = logging.getLogger(__name__)

MOST = 6
MOST_WORDS = 12
SHORTEST = 3


def related_records(record: Record, names: list[str], asker: Asker) -> list[Record]:
    """The records most like `record`, best first: by its title, its keywords and the `names` that stand in it.

    Empty where the engine is away, or nothing is alike.
    """
    asked = _asked(record, names)
    if asked is None:
        return []
    request = SearchRequest(
        asked, ("record",), audiences(asker), without=frozenset({f"record:{record.pk}"}), limit=MOST + 4, seconds=0.3
    )
    try:
        keys = [int(hit.key.partition(":")[2]) for hit in engine().search(request).hits]
    except EngineError as error:
        logger.warning("related records cannot be looked for: %s", error)
        return []
    near = {record.parent_id, *record.children.values_list("pk", flat=True)[:50]}
    visible = visible_to(asker).select_related("repository").prefetch_related("identifiers").in_bulk(keys)
    return [visible[key] for key in keys if key in visible and key not in near][:MOST]


def _asked(record: Record, names: list[str]) -> Node | None:
    alike: list[Node] = []
    for name in dict.fromkeys(names[:6]):
        words = query_words(name)
        if len(words) > 1:
            alike.append(Phrase(words))
    told = {
        word.folded: word
        for word in query_words(f"{record.title_vi} {record.keywords}")
        if len(word.folded) >= SHORTEST
    }
    # Long words and numbers tell more than short ones, and cost less.
    alike += sorted(told.values(), key=lambda word: (-len(word.folded), word.folded))[:MOST_WORDS]
    return Either(tuple(alike)) if alike else None
