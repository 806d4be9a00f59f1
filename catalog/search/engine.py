"""The search engine in use, chosen by the setting SEARCH_ENGINE."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.engines.interface import Engine


@cache
def engine_in(folder: Path, name: str = "whoosh") -> Engine:
    """The engine `name` with its index in `folder`: one object for each process, so that threads share the open index.

    An engine's module is imported only where the engine is used: all but Whoosh are extras, which may not be installed.
    """
    if name == "tantivy":
        from catalog.engines.tantivy_engine import TantivyEngine

        return TantivyEngine(folder)
    if name == "opensearch":
        from catalog.engines.opensearch_engine import OpenSearchEngine, connect

        options: dict[str, Any] = settings.OPENSEARCH
        client = connect(
            options["hosts"], user=options["user"], password=options["password"], authority=options["authority"]
        )
        shards, replicas = settings.OPENSEARCH_SHARDS, settings.OPENSEARCH_REPLICAS
        return OpenSearchEngine(client, settings.OPENSEARCH_INDEX, shards=shards, replicas=replicas)
    from catalog.engines.whoosh_engine import WhooshEngine

    return WhooshEngine(folder)


def engine() -> Engine:
    """The engine of this site."""
    return engine_in(Path(settings.SEARCH_INDEX_DIR), settings.SEARCH_ENGINE)
