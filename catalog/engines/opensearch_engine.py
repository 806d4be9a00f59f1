"""OpenSearch: a cluster of servers, for several hosts and several writers (extra `opensearch`).

The server is given our own tokens joined by spaces and splits at spaces only, so that words are what `rules.text` says
they are on every engine. An alias points at the generation in use; a rebuilt one takes its place in one step.

How a document is kept: opensearch_documents; how words are asked for: opensearch_queries.
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
    only_once,
)
from catalog.engines.opensearch_documents import MAPPING, TIE, Body, opensearch_document
from catalog.engines.opensearch_queries import between, compiled
from catalog.engines.preparing import prepared
from catalog.engines.profiles import COLUMN, MOST_PROFILES, counts_of
from catalog.engines.tokens import facet_terms

MOST_TERMS = 50_000
VERSION = 7  # raise when the mapping changes: an older index is then not read but rebuilt
BATCH, SENDERS = 1000, 2
# The server's own window; what lies deeper is reached by stepping with search_after.
WINDOW = 10_000
# What goes by itself: a server on its way up or down.
PASSING = (502, 503, 504)
TRIES, PAUSE = 3, 0.1
FILLING: dict[str, Any] = {"refresh_interval": "-1", "translog.durability": "async"}
# What a rebuild wrote is joined before anyone asks: otherwise the server joins while it answers, for an hour.
MERGED: dict[str, Any] = {"max_num_segments": 1, "request_timeout": 4 * 3600}
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
    """A client of `hosts` (addresses), which tries the next where one is away.

    user, password: where the cluster asks for them. authority: a file with the certificates to trust, where it is not
    one of the system's. seconds: how long one question may take.
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
        retry_on_status=PASSING,
        **options,
    )


class OpenSearchEngine:
    """A client of a cluster. Writing is durable when a call returns: the server has it in its log on every copy."""

    capabilities = Capabilities("opensearch", comfortable=None, several_writers=True, deadline=True)

    def __init__(self, client: OpenSearch, name: str, *, shards: int = 2, replicas: int = 0) -> None:
        """client: connected to one host or several; name: of the alias and, with version and number, of the indexes;
        shards: parts of each index, which are asked at the same time; replicas: further copies of each, on other
        hosts."""
        self._client = client
        self._alias = f"{name}-v{VERSION}"
        self._settings: Body = {"index": {"number_of_shards": shards, "number_of_replicas": replicas}}

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        return self._asked(lambda: self._search(request))

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""

        def write() -> None:
            if not self._client.indices.exists_alias(name=self._alias):
                raise EngineError("no index")
            gone = [{"_op_type": "delete", "_index": self._alias, "_id": key} for key in remove]
            new = (_written(self._alias, document, opensearch_document(document)) for document in replace)
            self._bulk(itertools.chain(gone, new))
            self._client.indices.refresh(index=self._alias)

        self._asked(write)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""

        def build() -> int:
            name = self._begun() or self._fresh()
            self._client.indices.refresh(index=name)
            held = dict(self._revisions(name))
            done: list[str] = []
            made = prepared(only_once(documents, held, done), opensearch_document)
            self._in_parallel((_written(name, *each) for each in made), lambda: progress and progress(len(done)))
            self._bulk({"_op_type": "delete", "_index": name, "_id": key} for key in held.keys() - set(done))
            # What was not written again after every batch is put in order before anyone asks.
            self._client.indices.put_settings(index=name, body={"index": dict.fromkeys(FILLING)})
            self._client.indices.flush(index=name)
            self._client.indices.forcemerge(index=name, **MERGED)
            self._client.indices.refresh(index=name)
            self._take_up(name)
            return len(done)

        return self._asked(build)

    def revisions(self) -> Iterator[tuple[str, str]]:
        """See Engine."""
        return iter(self._asked(lambda: list(self._revisions(self._alias))))

    def _revisions(self, index: str) -> Iterator[tuple[str, str]]:
        query: Body = {"query": {"match_all": {}}, "docvalue_fields": ["revision"]}
        for hit in helpers.scan(self._client, index=index, query=query, size=5000):
            yield hit["_id"], hit["fields"]["revision"][0]

    def close(self) -> None:
        """See Engine."""
        self._client.transport.close()

    def _asked(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except EngineError:
            raise
        except NotFoundError as error:
            raise EngineError("no index") from error
        except (OpenSearchException, OSError, KeyError) as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def _search(self, request: SearchRequest) -> Results:
        field, direction = ORDERS[
            request.sort if request.query is not None or request.sort != "relevance" else "number"
        ]
        order = [{field: direction}, {TIE: "asc"}]
        own: list[Body] = [{"terms": {"facet": facet_terms(name, values)}} for name, values in request.filters.items()]
        own += [
            {"bool": {"must_not": {"terms": {"facet": facet_terms(name, values)}}}}
            for name, values in request.excluded.items()
        ]
        narrowing = self._narrowing(request)
        if not set(KINDS) <= set(request.kinds):
            own.append({"terms": {"kind": list(request.kinds)}})
        chosen: list[Body] = [*narrowing, *own]
        asked: list[Body] = [compiled(request.query, scored=True)] if request.query else []
        body: Body = {
            "query": {"bool": {"filter": chosen, "must": asked}},
            "sort": order,
            "track_total_hits": False,
            "timeout": f"{int(request.seconds * 1000)}ms",
        }
        # Asked at once and apart: the best hits are found without looking at all; counting goes without scores and in
        # one pass, whatever kinds and facets are asked for, and the server remembers it until something is written.
        words: list[Body] = [compiled(request.query)] if request.query else []
        profiles: Body = {COLUMN: {"terms": {"field": COLUMN, "size": MOST_PROFILES}}}
        certain: Body = {}
        if dated := request.date_from is not None or request.date_to is not None:
            wholly = between(request.date_from, request.date_to, certain=True)
            certain = {"certain": {"filter": {"bool": {"filter": wholly}}, "aggs": profiles}}
        counting: Body = {"size": 0, "track_total_hits": False, "timeout": body["timeout"]}
        asks: dict[str, Body] = {
            "counts": counting | {"query": {"bool": {"filter": [*narrowing, *words]}}, "aggs": profiles | certain}
        }
        if request.by_group:
            terms = {"field": "group", "size": len(request.groups) + 1, "include": list(request.groups)}
            asks["groups"] = counting | {
                "query": {"bool": {"filter": [*chosen, *words]}},
                "aggs": {"group": {"terms": terms}},
            }
        last = request.offset + request.limit
        near = request.limit and last <= WINDOW
        if near:
            asks["hits"] = body | {"size": request.limit, "from": request.offset}
        answers = dict(zip(asks, self._at_once(list(asks.values())), strict=True))
        counted = answers["counts"]["aggregations"]
        counts = counts_of(_buckets(counted[COLUMN]), request)
        hits = answers["hits"]["hits"]["hits"] if near else []
        in_time = True
        if last > WINDOW and request.limit and request.offset < counts.total:
            hits, in_time = self._deep(body, request)
        scored = request.sort == "relevance" and request.query is not None
        return Results(
            total=counts.total,
            hits=[Hit(hit["_id"], float(hit["sort"][0]) if scored else 0.0) for hit in hits],
            kinds=counts.kinds,
            facets=counts.facets,
            certain=counts_of(_buckets(counted["certain"][COLUMN]), request).total if dated else None,
            groups=dict(_buckets(answers["groups"]["aggregations"]["group"])) if request.by_group else {},
            complete=in_time and not any(one["timed_out"] for one in answers.values()),
        )

    def _at_once(self, bodies: list[Body]) -> list[Body]:
        lines = [line for body in bodies for line in ({"index": self._alias}, body)]
        for left in reversed(range(2 * TRIES)):
            answers: list[Body] = self._client.msearch(body=lines)["responses"]
            failed = [answer for answer in answers if "error" in answer or _partly(answer)]
            if not failed:
                break
            # An index that a rebuilt one takes the place of just now fails in more than one way; a bad question in one.
            if not left or failed[0].get("status") == 400:
                said = failed[0].get("error") or {"type": "partly", "reason": "a part of the index did not answer"}
                raise EngineError(f"{said.get('type')}: {said.get('reason')}")
            time.sleep(PAUSE)
        return answers

    def _deep(self, body: Body, request: SearchRequest) -> tuple[list[Body], bool]:
        """Hits beyond the server's window: its last hit is asked for again and again and stepped over; and whether
        there was time enough."""
        offset, limit, until = request.offset, request.limit, time.monotonic() + request.seconds
        plain = {name: body[name] for name in ("query", "sort", "track_total_hits")}
        wanted: list[Body] = []
        at, after = 0, None
        while at < offset + limit:
            size = min(WINDOW, offset - at if at < offset else offset + limit - at)
            step = {**plain, "size": size} | ({"search_after": after} if after else {})
            hits: list[Body] = self._at_once([step])[0]["hits"]["hits"]
            wanted += hits if at >= offset else []
            if len(hits) < size:
                break
            at, after = at + size, hits[-1]["sort"]
            if time.monotonic() > until and at < offset + limit:
                return [], False
        return wanted, True

    def _narrowing(self, request: SearchRequest) -> list[Body]:
        narrowing: list[Body] = [{"terms": {"audience": sorted(request.audiences)}}]
        narrowing += between(request.date_from, request.date_to, certain=request.certain)
        if request.groups:
            narrowing.append({"terms": {"group": list(request.groups)}})
        for name, values in (("key", request.without), ("above", request.without_below)):
            # The server takes a bounded number of terms at once.
            listed = sorted(values)
            for at in range(0, len(listed), MOST_TERMS):
                narrowing.append({"bool": {"must_not": {"terms": {name: listed[at : at + MOST_TERMS]}}}})
        return narrowing

    def _begun(self) -> str | None:
        """The index of a rebuild that was broken off: newer than the one in use, and not in use."""
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

    def _fresh(self) -> str:
        """A new empty index, not yet in use."""
        standing = self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True)
        taken = [int(name.rpartition("-")[2]) for name in standing if name.rpartition("-")[2].isdecimal()]
        name = f"{self._alias}-{max(taken, default=0) + 1}"
        # Looked into only when it is whole, and begun anew where it cannot be gone on with: until then nothing need be
        # made visible, or safe against a power cut, again and again.
        filling: Body = {"index": {**self._settings["index"], **FILLING}}
        self._client.indices.create(index=name, body={"settings": filling, "mappings": MAPPING})
        return name

    def _take_up(self, name: str) -> None:
        """Point the alias at `name` and drop every other generation, in one step of the cluster."""
        standing = self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True)
        actions = [{"add": {"index": name, "alias": self._alias}}]
        actions += [{"remove_index": {"index": other}} for other in standing if other != name]
        self._client.indices.update_aliases(body={"actions": actions})

    def _in_parallel(self, actions: Iterator[Body], progress: Callable[[], object]) -> None:
        """Write all of them, batches on their way to the servers while the next ones are made here."""
        with ThreadPoolExecutor(SENDERS) as senders:
            sent: deque[Future[int]] = deque()
            while batch := list(itertools.islice(actions, BATCH)):
                sent.append(senders.submit(self._bulk, batch))
                if len(sent) > SENDERS:
                    sent.popleft().result()
                    progress()
            for last in sent:
                last.result()
            progress()

    def _bulk(self, actions: Iterable[Body]) -> int:
        """Write all of them; a document that was to be removed and is not there is no error."""
        done = 0
        for fine, answer in helpers.streaming_bulk(
            self._client, actions, chunk_size=BATCH, raise_on_error=False, max_retries=5, initial_backoff=1
        ):
            operation, said = next(iter(answer.items()))
            if not fine and not (operation == "delete" and said.get("status") == 404):
                raise EngineError(f"{said.get('_id')}: {said.get('error')}")
            done += operation == "index"
        return done


def _written(index: str, document: Document, body: Body) -> Body:
    return {"_op_type": "index", "_index": index, "_id": document.key, "_source": body}


def _partly(answer: Body) -> bool:
    """Whether a part of the index could not be asked: what the others know is no answer. One that is gone is not among
    the failed ones, only missing from those that did."""
    return bool(answer["_shards"]["successful"] < answer["_shards"]["total"])


def _buckets(answer: Body) -> list[tuple[str, int]]:
    return [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in answer["buckets"]]
