"""OpenSearch: a cluster of servers, for several hosts and several writers (extra `opensearch`).

The server is given our own tokens joined by spaces and splits at spaces only, so that words are what `rules.text` says
they are on every engine. An alias points at the generation in use; a rebuilt one takes its place in one step.
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
    Capabilities,
    Document,
    EngineError,
    Facet,
    Hit,
    Progress,
    Results,
    SearchRequest,
    by_count,
    only_once,
)
from catalog.engines.profiles import COLUMNS, MOST_PROFILES, by_facet, column_of, columns_of, profiles
from catalog.engines.tree import All, Dates, Either, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.engines.tree import Facet as FacetAsked
from catalog.rules.text import analysed

VERSION = 3  # raise when the mapping changes: an older index is then not read but rebuilt
BATCH, SENDERS = 1000, 2
MOST_WORDS = 64
# The server's own window; what lies deeper is reached by stepping with search_after.
WINDOW = 10_000
UNDATED = 10**9
# What goes by itself: a server on its way up or down.
PASSING = (502, 503, 504)
TRIES, PAUSE = 3, 0.1
GAP = "\u0001"
FILLING: dict[str, Any] = {"refresh_interval": "-1", "translog.durability": "async"}
TITLE_BOOST = 3.0
Body = dict[str, Any]
T = TypeVar("T")

WORDS: Body = {"type": "text", "analyzer": "whitespace"}
MAPPING: Body = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        **{name: {"type": "keyword"} for name in ("key", "kind", "audience", "number", "group", "revision", *COLUMNS)},
        "facet": {"type": "keyword", "doc_values": False},
        **dict.fromkeys(("title", "folded", "exact", "fielded"), WORDS),
        **{name: {"type": "integer"} for name in ("date_from", "date_to", "by_date")},
        "newest": {"type": "double"},
    },
}
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

    def __init__(self, client: OpenSearch, name: str, *, replicas: int = 0) -> None:
        """client: connected to one host or several; name: of the alias and, with version and number, of the indexes;
        replicas: further copies of each index, on other hosts."""
        self._client = client
        self._alias = f"{name}-v{VERSION}"
        self._settings: Body = {"index": {"number_of_shards": 1, "number_of_replicas": replicas}}

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        return self._asked(lambda: self._search(request))

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""

        def write() -> None:
            if not self._client.indices.exists_alias(name=self._alias):
                raise EngineError("no index")
            gone = [{"_op_type": "delete", "_index": self._alias, "_id": key} for key in remove]
            self._bulk(itertools.chain(gone, self._actions(self._alias, replace)))
            self._client.indices.refresh(index=self._alias)

        self._asked(write)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""

        def build() -> int:
            name = self._begun() or self._fresh()
            self._client.indices.refresh(index=name)
            held = dict(self._revisions(name))
            done: list[str] = []
            self._in_parallel(
                self._actions(name, only_once(documents, held, done)), lambda: progress and progress(len(done))
            )
            self._bulk({"_op_type": "delete", "_index": name, "_id": key} for key in held.keys() - set(done))
            # What was not written again after every batch is put in order before anyone asks.
            self._client.indices.put_settings(index=name, body={"index": dict.fromkeys(FILLING)})
            self._client.indices.flush(index=name)
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
        order = [{field: direction}, {"key": "asc"}]
        own: Body = {
            name: {"terms": {"facet": [f"{name}={value}" for value in values]}}
            for name, values in request.filters.items()
        }
        own |= {
            f"not {name}": {"bool": {"must_not": {"terms": {"facet": [f"{name}={value}" for value in values]}}}}
            for name, values in request.excluded.items()
        }
        kind: Body = {"terms": {"kind": list(request.kinds)}}
        chosen: list[Body] = [kind, *own.values()]
        narrowing = self._narrowing(request)
        asked: list[Body] = [_compile(request.query)] if request.query else []
        body: Body = {
            "query": {"bool": {"filter": [*narrowing, *chosen], "must": asked}}, "sort": order, "track_total_hits": False,
            "timeout": f"{int(request.seconds * 1000)}ms",
        }  # fmt: skip
        counts: Body = {"kinds": _counted([*own.values()], "kind")}
        for column in columns_of(request.facets):
            counts[column] = _counted(chosen, column)
        for name in request.facets:
            if name in request.filters or name in request.excluded:
                # Its own filter left out, so that a second value can be chosen.
                others = [kind, *(one for other, one in own.items() if other not in (name, f"not {name}"))]
                counts[f"facet {name}"] = _counted(others, column_of(name))
        if dated := request.date_from is not None or request.date_to is not None:
            wholly = [*chosen, *_between(request.date_from, request.date_to, certain=True)]
            counts["certain"] = {"filter": {"bool": {"filter": wholly}}}
        if request.by_group:
            counts["groups"] = _counted(chosen, "group", list(request.groups))
        counts["total"] = {"filter": {"bool": {"filter": chosen}}}
        # Asked at once and apart: the best hits are found without looking at all, counting goes without scores, and the
        # server remembers what it has counted until something is written.
        counting: Body = {
            "query": {"bool": {"filter": [*narrowing, *asked]}}, "size": 0, "track_total_hits": False, "aggs": counts,
            "timeout": body["timeout"],
        }  # fmt: skip
        last = request.offset + request.limit
        near = request.limit and last <= WINDOW
        asks = [counting, *([body | {"size": request.limit, "from": request.offset}] if near else [])]
        counted, *found = self._at_once(asks)
        hits = found[0]["hits"]["hits"] if found else []
        in_time = True
        if last > WINDOW and request.limit and request.offset < counted["aggregations"]["total"]["doc_count"]:
            hits, in_time = self._deep(body, request)
        scored = request.sort == "relevance" and request.query is not None
        answers = counted["aggregations"]
        return Results(
            total=answers["total"]["doc_count"],
            hits=[Hit(hit["_id"], float(hit["sort"][0]) if scored else 0.0) for hit in hits],
            kinds=dict(_buckets(answers["kinds"])),
            facets=_facets(request, answers),
            certain=answers["certain"]["doc_count"] if dated else None,
            groups=dict(_buckets(answers["groups"])) if request.by_group else {},
            complete=in_time and not any(one["timed_out"] for one in (counted, *found)),
        )

    def _at_once(self, bodies: list[Body]) -> list[Body]:
        lines = [line for body in bodies for line in ({"index": self._alias}, body)]
        for left in reversed(range(2 * TRIES)):
            answers: list[Body] = self._client.msearch(body=lines)["responses"]
            failed = [answer for answer in answers if "error" in answer]
            if not failed:
                break
            # An index that a rebuilt one takes the place of just now fails in more than one way; a bad question in one.
            if not left or failed[0].get("status") == 400:
                said = failed[0]["error"]
                raise EngineError(f"{said.get('type')}: {said.get('reason')}")
            time.sleep(PAUSE)
        return answers

    def _deep(self, body: Body, request: SearchRequest) -> tuple[list[Body], bool]:
        """Hits beyond the server's window: its last hit is asked for again and again and stepped over; and whether there
        was time enough."""
        offset, limit, until = request.offset, request.limit, time.monotonic() + request.seconds
        plain = {name: body[name] for name in ("query", "sort", "track_total_hits")}
        wanted: list[Body] = []
        at, after = 0, None
        while at < offset + limit:
            size = min(WINDOW, offset - at if at < offset else offset + limit - at)
            step = {**plain, "size": size} | ({"search_after": after} if after else {})
            hits: list[Body] = self._client.search(index=self._alias, body=step)["hits"]["hits"]
            wanted += hits if at >= offset else []
            if len(hits) < size:
                break
            at, after = at + size, hits[-1]["sort"]
            if time.monotonic() > until and at < offset + limit:
                return [], False
        return wanted, True

    def _narrowing(self, request: SearchRequest) -> list[Body]:
        narrowing: list[Body] = [{"terms": {"audience": sorted(request.audiences)}}]
        narrowing += _between(request.date_from, request.date_to, certain=request.certain)
        if request.groups:
            narrowing.append({"terms": {"group": list(request.groups)}})
        if request.without:
            narrowing.append({"bool": {"must_not": {"terms": {"key": sorted(request.without)}}}})
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
        # Looked into only when it is whole, and begun anew where it cannot be gone on with: until then nothing need be made
        # visible, or safe against a power cut, again and again.
        filling: Body = {"index": {**self._settings["index"], **FILLING}}
        self._client.indices.create(index=name, body={"settings": filling, "mappings": MAPPING})
        return name

    def _take_up(self, name: str) -> None:
        """Point the alias at `name` and drop every other generation, in one step of the cluster."""
        standing = self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True)
        actions = [{"add": {"index": name, "alias": self._alias}}]
        actions += [{"remove_index": {"index": other}} for other in standing if other != name]
        self._client.indices.update_aliases(body={"actions": actions})

    @staticmethod
    def _actions(index: str, documents: Iterable[Document]) -> Iterator[Body]:
        for document in documents:
            yield {"_op_type": "index", "_index": index, "_id": document.key, "_source": _fields(document)}

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


def _between(first: int | None, last: int | None, *, certain: bool) -> list[Body]:
    if first is None and last is None:
        return []
    lower, upper = ("date_from", "date_to") if certain else ("date_to", "date_from")
    return [
        {"range": {lower: {"gte": -UNDATED if first is None else first}}},
        {"range": {upper: {"lte": UNDATED if last is None else last}}},
    ]


def _counted(filters: list[Body], field: str, include: list[str] | None = None) -> Body:
    terms: Body = {"field": field, "size": MOST_PROFILES} | ({"include": include} if include else {})
    return {"filter": {"bool": {"filter": filters}}, "aggs": {"counted": {"terms": terms}}}


def _buckets(answer: Body) -> list[tuple[str, int]]:
    return [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in answer["counted"]["buckets"]]


def _facets(request: SearchRequest, answers: Body) -> dict[str, Facet]:
    counted = by_facet(pair for column in columns_of(request.facets) for pair in _buckets(answers[column]))
    for name in request.facets:
        if f"facet {name}" in answers:
            counted[name] = by_facet(_buckets(answers[f"facet {name}"]))[name]
    return {name: by_count(counted[name].items()) for name in request.facets}


def _compile(node: Node) -> Body:
    match node:
        case Word(exact, folded, marked):
            anywhere: Body = {
                "bool": {
                    "should": [
                        {"term": {"title": {"value": folded, "boost": TITLE_BOOST}}},
                        {"term": {"folded": folded}},
                    ]
                }
            }
            return {"bool": {"must": [anywhere], "filter": [{"term": {"exact": exact}}]}} if marked else anywhere
        case Prefix(folded):
            return _any_field("prefix", folded, rewrite=f"top_terms_{MOST_WORDS}")
        case Near(folded):
            return _any_field("fuzzy", folded, **NEAR)
        case Within(field, inner):
            return _compile(inner) if field == "text" else {"bool": {"filter": [_within(field, inner)]}}
        case FacetAsked(name, value):
            return {"bool": {"filter": [{"term": {"facet": f"{name}={value}"}}]}}
        case Dates(first, last):
            days = [day.toordinal() if day else None for day in (first, last)]
            return {"bool": {"filter": _between(days[0], days[1], certain=False)}}
        case Phrase(words):
            if len(words) == 1:
                return _compile(words[0])
            run = " ".join(word.folded for word in words)
            found: Body = {"bool": {"should": [{"match_phrase": {name: run}} for name in ("title", "folded")]}}
            pairs = [
                {"match_phrase": {"exact": f"{one.exact} {two.exact}"}}
                for one, two in itertools.pairwise(words)
                if one.marked and two.marked
            ]
            marked_words = [{"term": {"exact": word.exact}} for word in words if word.marked]
            return {"bool": {"must": [found], "filter": [*pairs, *marked_words]}}
        case Not(inner):
            return {"bool": {"filter": [{"match_all": {}}], "must_not": [_compile(inner)]}}
        case All(nodes):
            return {"bool": {"must": [_compile(one) for one in nodes]}}
        case Either(nodes):
            return {"bool": {"should": [_compile(one) for one in nodes], "minimum_should_match": 1}}


NEAR: Body = {"fuzziness": 1, "prefix_length": 1, "max_expansions": MOST_WORDS, "transpositions": False}


def _any_field(kind: str, word: str, **options: Any) -> Body:
    found = [{kind: {name: {"value": word, **options}}} for name in ("title", "folded")]
    return {"bool": {"should": found, "minimum_should_match": 1}}


def _within(field: str, node: Node) -> Body:
    """Words of one field stand in `fielded` as `field=word` and `field==word`, in their order."""
    match node:
        case Word(exact, folded, marked):
            return {"term": {"fielded": f"{field}=={exact}" if marked else f"{field}={folded}"}}
        case Phrase(words):
            run: Body = {"match_phrase": {"fielded": " ".join(f"{field}={word.folded}" for word in words)}}
            return {"bool": {"filter": [run, *(_within(field, word) for word in words if word.marked)]}}
        case Prefix(folded):
            return {"prefix": {"fielded": {"value": f"{field}={folded}", "rewrite": f"top_terms_{MOST_WORDS}"}}}
        case Near(folded):
            return {"fuzzy": {"fielded": {"value": f"{field}={folded}", **NEAR, "prefix_length": len(field) + 2}}}
        case _:
            return _compile(node)


def _fields(document: Document) -> Body:
    title_exact, title_folded = analysed(document.title)
    body_exact, body_folded = analysed(document.body)
    fielded = _fielded("title", title_exact, title_folded)
    for name, text in document.fields.items():
        fielded += _fielded(name, *analysed(text))
    return {
        "key": document.key,
        "revision": document.revision,
        "kind": document.kind,
        "audience": document.audience,
        "number": document.number,
        "group": document.group,
        "newest": document.newest,
        "title": " ".join(title_folded),
        "folded": " ".join(body_folded),
        "exact": " ".join([*title_exact, GAP, *body_exact]),
        "fielded": " ".join(fielded),
        "facet": [f"{name}={value}" for name, values in document.facets.items() for value in values],
        **profiles(document.facets),
        "by_date": UNDATED if document.date_from is None else document.date_from,
        **({"date_from": document.date_from} if document.date_from is not None else {}),
        **({"date_to": document.date_to} if document.date_to is not None else {}),
    }


def _fielded(name: str, exact: list[str], folded: list[str]) -> list[str]:
    return [*(f"{name}={word}" for word in folded), GAP, *(f"{name}=={word}" for word in exact), GAP]
