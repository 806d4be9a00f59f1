"""The one engine in use, by the setting SEARCH_ENGINE."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.engines.interface import Engine


@cache
def engine_in(folder: Path, name: str = "whoosh") -> Engine:
    """The engine `name` whose index lies in `folder`; one a process, so that its open index is shared by threads.

    An engine is imported only where it is used: each but Whoosh is an extra.
    """
    if name == "tantivy":
        from catalog.engines.tantivy_engine import TantivyEngine

        return TantivyEngine(folder)
    if name == "opensearch":
        from catalog.engines.opensearch_engine import OpenSearchEngine, connect

        at: dict[str, Any] = settings.OPENSEARCH
        client = connect(at["hosts"], user=at["user"], password=at["password"], authority=at["authority"])
        shards, replicas = settings.OPENSEARCH_SHARDS, settings.OPENSEARCH_REPLICAS
        return OpenSearchEngine(client, settings.OPENSEARCH_INDEX, shards=shards, replicas=replicas)
    from catalog.engines.whoosh_engine import WhooshEngine

    return WhooshEngine(folder)


def engine() -> Engine:
    """The engine of this site."""
    return engine_in(Path(settings.SEARCH_INDEX_DIR), settings.SEARCH_ENGINE)
