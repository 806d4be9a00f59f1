"""OpenSearch: a cluster of servers, for several hosts and several writers (extra `opensearch`).

The server gets our own tokens joined by spaces and only splits at spaces, so that words are those of `rules.text` in
every engine. An alias points to the generation in use; a new one replaces it in one step.

How a document is stored: opensearch_documents; how words are searched: opensearch_queries.
"""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from catalog.engines.interface import (
    KINDS,
    Capabilities,
    Document,
    EngineError,
    Hit,
    Progress,
    Results,
    SearchRequest,
    changed_documents,
)
from catalog.engines.opensearch_documents import MAPPING, TIE, Body, opensearch_document
from catalog.engines.opensearch_queries import compile_query, date_filters
from catalog.engines.preparing import prepare_documents
from catalog.engines.profiles import COLUMN, MOST_PROFILES, counts_of
from catalog.engines.tokens import facet_terms

MOST_TERMS = 50_000
VERSION = 7  # raise when the mapping changes: an older index is then not read but rebuilt
BATCH, SENDERS = 1000, 2
# The limit of the server for offset and size together; deeper hits are reached step by step with search_after.
WINDOW = 10_000
# Temporary failures: a server that is starting or stopping.
RETRIED_STATUS = (502, 503, 504)
TRIES, PAUSE_SECONDS = 3, 0.1
FILLING: dict[str, Any] = {"refresh_interval": "-1", "translog.durability": "async"}
# Segments are merged at the end of a rebuild, before anyone searches: otherwise the server merges while it answers, for
# an hour.
MERGE_OPTIONS: dict[str, Any] = {"max_num_segments": 1, "request_timeout": 4 * 3600}
T = TypeVar("T")

ORDERS = {
    "date": ("by_date", "asc"),
    "number": ("number", "asc"),
    "newest": ("newest", "desc"),
    "relevance": ("_score", "desc"),
}


def connect(
    hosts: Sequence[str], *, user: str = "", password: str = "", authority: str = "", seconds: float = 10
) -> OpenSearch:
    """A client of `hosts` (addresses), which tries the next one if one fails.

    user, password: if the cluster requires them. authority: a file with the certificates to trust, if they are not
    among those of the system. seconds: how long one request may take.
    """
    options: Body = {"http_auth": (user, password)} if user else {}
    if authority:
        options["ca_certs"] = authority
    return OpenSearch(
        list(hosts),
        timeout=seconds,
        pool_maxsize=20,
        max_retries=TRIES,
        retry_on_timeout=True,
        retry_on_status=RETRIED_STATUS,
        **options,
    )


class OpenSearchEngine:
    """A client of a cluster. What is written is durable when a call returns: it is in the log of every copy."""

    capabilities = Capabilities("opensearch", comfortable=None, several_writers=True, deadline=True)

    def __init__(
        self, client: OpenSearch, name: str, *, shards: int = 2, replicas: int = 0, window: int = WINDOW
    ) -> None:
        """client: connected to one or more hosts; name: of the alias and, with version and number, of the indexes;
        shards: parts of each index, which are searched in parallel; replicas: more copies of each, on other hosts;
        window: the server's limit for offset and size together."""
        self._client = client
        self._window = window
        self._alias = f"{name}-v{VERSION}"
        self._settings: Body = {"index": {"number_of_shards": shards, "number_of_replicas": replicas}}

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        return self._translate_errors(lambda: self._search(request))

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""

        def write() -> None:
            if not self._client.indices.exists_alias(name=self._alias):
                raise EngineError("no index")
            deletions = [{"_op_type": "delete", "_index": self._alias, "_id": key} for key in remove]
            insertions = (_index_action(self._alias, document, opensearch_document(document)) for document in replace)
            self._bulk(itertools.chain(deletions, insertions))
            self._client.indices.refresh(index=self._alias)

        self._translate_errors(write)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""

        def build() -> int:
            index = self._interrupted() or self._new_index()
            self._client.indices.refresh(index=index)
            indexed = dict(self._revisions(index))
            keys: list[str] = []
            documents_with_bodies = prepare_documents(changed_documents(documents, indexed, keys), opensearch_document)
            self._bulk_in_parallel(
                (_index_action(index, *pair) for pair in documents_with_bodies),
                lambda: progress and progress(len(keys)),
            )
            self._bulk({"_op_type": "delete", "_index": index, "_id": key} for key in indexed.keys() - set(keys))
            # What was not refreshed after every batch is made ready before anyone searches.
            self._client.indices.put_settings(index=index, body={"index": dict.fromkeys(FILLING)})
            self._client.indices.flush(index=index)
            self._client.indices.forcemerge(index=index, **MERGE_OPTIONS)
            self._client.indices.refresh(index=index)
            self._activate(index)
            return len(keys)

        return self._translate_errors(build)

    def revisions(self) -> Iterator[tuple[str, str]]:
        """See Engine."""
        return iter(self._translate_errors(lambda: list(self._revisions(self._alias))))

    def _revisions(self, index: str) -> Iterator[tuple[str, str]]:
        query: Body = {"query": {"match_all": {}}, "docvalue_fields": ["revision"]}
        for hit in helpers.scan(self._client, index=index, query=query, size=5000):
            yield hit["_id"], hit["fields"]["revision"][0]

    def close(self) -> None:
        """See Engine."""
        self._client.transport.close()

    def _translate_errors(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except EngineError:
            raise
        except NotFoundError as error:
            raise EngineError("no index") from error
        except (OpenSearchException, OSError, KeyError) as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def _search(self, request: SearchRequest) -> Results:
        hits_body = self._hits_body(request)
        bodies = self._count_bodies(request)
        last = request.offset + request.limit
        within_window = request.limit and last <= self._window
        if within_window:
            bodies["hits"] = hits_body | {"size": request.limit, "from": request.offset}
        # Sent together, but as separate searches: the best hits are found without a look at all of them; counting needs
        # no scores and one pass for any kinds and facets, and the server caches it until something is written.
        answers = dict(zip(bodies, self._search_all(list(bodies.values())), strict=True))
        aggregations = answers["counts"]["aggregations"]
        counts = counts_of(_buckets(aggregations[COLUMN]), request)
        hits = answers["hits"]["hits"]["hits"] if within_window else []
        in_time = True
        if last > self._window and request.limit and request.offset < counts.total:
            hits, in_time = self._hits_beyond_window(hits_body, request)
        scored = request.sort == "relevance" and request.query is not None
        return Results(
            total=counts.total,
            hits=[Hit(hit["_id"], float(hit["sort"][0]) if scored else 0.0) for hit in hits],
            kinds=counts.kinds,
            facets=counts.facets,
            certain=counts_of(_buckets(aggregations["certain"][COLUMN]), request).total if _is_dated(request) else None,
            groups=dict(_buckets(answers["groups"]["aggregations"]["group"])) if request.by_group else {},
            complete=in_time and not any(answer["timed_out"] for answer in answers.values()),
        )

    def _hits_body(self, request: SearchRequest) -> Body:
        """The search for hits, without size and offset."""
        field, direction = ORDERS[
            request.sort if request.query is not None or request.sort != "relevance" else "number"
        ]
        must: list[Body] = [compile_query(request.query, scored=True)] if request.query else []
        return {
            "query": {"bool": {"filter": [*self._filters(request), *_facet_filters(request)], "must": must}},
            "sort": [{field: direction}, {TIE: "asc"}],
            "track_total_hits": False,
            "timeout": _timeout(request),
        }

    def _count_bodies(self, request: SearchRequest) -> dict[str, Body]:
        """The searches for counts: by profile, and with `by_group` by group."""
        words: list[Body] = [compile_query(request.query)] if request.query else []
        filters = self._filters(request)
        profiles: Body = {COLUMN: {"terms": {"field": COLUMN, "size": MOST_PROFILES}}}
        certain: Body = {}
        if _is_dated(request):
            certainly_dated = date_filters(request.date_from, request.date_to, certain=True)
            certain = {"certain": {"filter": {"bool": {"filter": certainly_dated}}, "aggs": profiles}}
        body: Body = {"size": 0, "track_total_hits": False, "timeout": _timeout(request)}
        bodies: dict[str, Body] = {
            "counts": body | {"query": {"bool": {"filter": [*filters, *words]}}, "aggs": profiles | certain}
        }
        if request.by_group:
            terms = {"field": "group", "size": len(request.groups) + 1, "include": list(request.groups)}
            bodies["groups"] = body | {
                "query": {"bool": {"filter": [*filters, *_facet_filters(request), *words]}},
                "aggs": {"group": {"terms": terms}},
            }
        return bodies

    def _search_all(self, bodies: list[Body]) -> list[Body]:
        lines = [line for body in bodies for line in ({"index": self._alias}, body)]
        for tries_left in reversed(range(2 * TRIES)):
            answers: list[Body] = self._client.msearch(body=lines)["responses"]
            failed = [answer for answer in answers if "error" in answer or _is_partial(answer)]
            if not failed:
                break
            # An index that is being replaced can fail in several ways, which are retried; a bad query only with 400.
            if not tries_left or failed[0].get("status") == 400:
                error = failed[0].get("error") or {"type": "partly", "reason": "a part of the index did not answer"}
                raise EngineError(f"{error.get('type')}: {error.get('reason')}")
            time.sleep(PAUSE_SECONDS)
        return answers

    def _hits_beyond_window(self, body: Body, request: SearchRequest) -> tuple[list[Body], bool]:
        """Hits beyond the server's window, reached step by step, each after the last hit of the step before; and
        whether there was enough time."""
        offset, limit, deadline = request.offset, request.limit, time.monotonic() + request.seconds
        base_body = {name: body[name] for name in ("query", "sort", "track_total_hits")}
        hits_on_page: list[Body] = []
        position, after = 0, None
        while position < offset + limit:
            size = min(self._window, offset - position if position < offset else offset + limit - position)
            step = {**base_body, "size": size} | ({"search_after": after} if after else {})
            hits: list[Body] = self._search_all([step])[0]["hits"]["hits"]
            hits_on_page += hits if position >= offset else []
            if len(hits) < size:
                break
            position, after = position + size, hits[-1]["sort"]
            if time.monotonic() > deadline and position < offset + limit:
                return [], False
        return hits_on_page, True

    def _filters(self, request: SearchRequest) -> list[Body]:
        filters: list[Body] = [{"terms": {"audience": sorted(request.audiences)}}]
        filters += date_filters(request.date_from, request.date_to, certain=request.certain)
        if request.groups:
            filters.append({"terms": {"group": list(request.groups)}})
        for name, values in (("key", request.without), ("above", request.without_below)):
            # The server accepts a limited number of terms in one filter.
            ordered = sorted(values)
            for offset in range(0, len(ordered), MOST_TERMS):
                filters.append({"bool": {"must_not": {"terms": {name: ordered[offset : offset + MOST_TERMS]}}}})
        return filters

    def _interrupted(self) -> str | None:
        """The index of an interrupted rebuild: the newest, if it is not in use."""
        names = sorted(
            self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True),
            key=lambda name: int(name.rpartition("-")[2]),
        )
        in_use = (
            self._client.indices.get_alias(name=self._alias)
            if names and self._client.indices.exists_alias(name=self._alias)
            else {}
        )
        return names[-1] if names and names[-1] not in in_use else None

    def _new_index(self) -> str:
        """A new empty index, not yet in use."""
        indexes = self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True)
        numbers = [int(name.rpartition("-")[2]) for name in indexes if name.rpartition("-")[2].isdecimal()]
        name = f"{self._alias}-{max(numbers, default=0) + 1}"
        # Nobody searches the index until it is complete, and an interrupted rebuild can start again: so while it is
        # filled, it is neither refreshed nor synced to disk after every batch.
        filling: Body = {"index": {**self._settings["index"], **FILLING}}
        self._client.indices.create(index=name, body={"settings": filling, "mappings": MAPPING})
        return name

    def _activate(self, name: str) -> None:
        """Point the alias to `name` and delete every other generation, in one step of the cluster."""
        indexes = self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True)
        actions = [{"add": {"index": name, "alias": self._alias}}]
        actions += [{"remove_index": {"index": other}} for other in indexes if other != name]
        self._client.indices.update_aliases(body={"actions": actions})

    def _bulk_in_parallel(self, actions: Iterator[Body], progress: Callable[[], object]) -> None:
        """Send all actions: some batches are sent while the next ones are prepared here."""
        with ThreadPoolExecutor(SENDERS) as senders:
            futures: deque[Future[int]] = deque()
            while batch := list(itertools.islice(actions, BATCH)):
                futures.append(senders.submit(self._bulk, batch))
                if len(futures) > SENDERS:
                    futures.popleft().result()
                    progress()
            for future in futures:
                future.result()
            progress()

    def _bulk(self, actions: Iterable[Body]) -> int:
        """Send all actions; deleting a document that does not exist is no error. Returns how many were indexed."""
        count = 0
        for succeeded, answer in helpers.streaming_bulk(
            self._client, actions, chunk_size=BATCH, raise_on_error=False, max_retries=5, initial_backoff=1
        ):
            operation, result = next(iter(answer.items()))
            if not succeeded and not (operation == "delete" and result.get("status") == 404):
                raise EngineError(f"{result.get('_id')}: {result.get('error')}")
            count += operation == "index"
        return count


def _is_dated(request: SearchRequest) -> bool:
    return request.date_from is not None or request.date_to is not None


def _timeout(request: SearchRequest) -> str:
    return f"{int(request.seconds * 1000)}ms"


def _facet_filters(request: SearchRequest) -> list[Body]:
    """Filters by facets and kinds, which the counts by profile do without."""
    filters: list[Body] = [{"terms": {"facet": facet_terms(name, values)}} for name, values in request.filters.items()]
    filters += [
        {"bool": {"must_not": {"terms": {"facet": facet_terms(name, values)}}}}
        for name, values in request.excluded.items()
    ]
    if not set(KINDS) <= set(request.kinds):
        filters.append({"terms": {"kind": list(request.kinds)}})
    return filters


def _index_action(index: str, document: Document, body: Body) -> Body:
    return {"_op_type": "index", "_index": index, "_id": document.key, "_source": body}


def _is_partial(answer: Body) -> bool:
    """Whether a shard did not answer: the others alone are no complete answer. A missing shard is not counted as
    failed; it is only missing among the successful ones."""
    return bool(answer["_shards"]["successful"] < answer["_shards"]["total"])


def _buckets(answer: Body) -> list[tuple[str, int]]:
    return [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in answer["buckets"]]
