"""OpenSearch: a cluster of servers, for several hosts and several writers (extra `opensearch`).

The server is given our own tokens joined by spaces and splits at spaces only, so that words are what `rules.text` says
they are on every engine. An alias points at the generation in use; a rebuilt one takes its place in one step.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from catalog.engines.interface import Document, EngineError, Hit, Results, SearchRequest
from catalog.engines.query import All, Either, Node, Not, Phrase, Prefix, Word
from catalog.rules.text import tokens

VERSION = 1  # raise when the mapping changes: an older index is then not read but rebuilt
BATCH = 1000
PREFIX_WORDS = 64
MOST_FACET_VALUES = 5000
# The server's own window; what lies deeper is reached by stepping with search_after.
WINDOW = 10_000
UNDATED = 10**9
GAP = "\u0001"
TITLE_BOOST = 3.0
Body = dict[str, Any]
T = TypeVar("T")

WORDS: Body = {"type": "text", "analyzer": "whitespace"}
MAPPING: Body = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        **{name: {"type": "keyword"} for name in ("key", "kind", "audience", "number", "facet", "word")},
        **dict.fromkeys(("title", "folded", "exact"), WORDS),
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
        list(hosts), timeout=seconds, max_retries=3, retry_on_timeout=True, retry_on_status=(502, 503, 504), **options
    )


class OpenSearchEngine:
    """A client of a cluster. Writing is durable when a call returns: the server has it in its log on every copy."""

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
                self._take_up(self._fresh())
            gone = [{"_op_type": "delete", "_index": self._alias, "_id": key} for key in remove]
            self._bulk(itertools.chain(gone, self._actions(self._alias, replace)))
            self._client.indices.refresh(index=self._alias)

        self._asked(write)

    def rebuild(self, documents: Iterable[Document]) -> int:
        """See Engine."""

        def build() -> int:
            name = self._fresh()
            total = self._bulk(self._actions(name, documents))
            self._client.indices.refresh(index=name)
            self._take_up(name)
            return total

        return self._asked(build)

    def keys(self) -> set[str]:
        """See Engine."""

        def read() -> set[str]:
            everything = helpers.scan(self._client, index=self._alias, query={"query": {"match_all": {}}}, size=5000)
            return {hit["_id"] for hit in everything}

        return self._asked(read)

    def words_beginning(self, prefix: str, limit: int) -> list[str]:
        """See Engine."""

        def read() -> list[str]:
            begun: Body = {"query": {"prefix": {"word": prefix}}}
            # The server fails (2.19) to count words by a pattern that lies behind the last of them.
            if not self._client.count(index=self._alias, body=begun)["count"]:
                return []
            words: Body = {"terms": {"field": "word", "size": limit, "include": f"{_literal(prefix)}.*"}}
            counted = self._client.search(index=self._alias, body={**begun, "size": 0, "aggs": {"words": words}})
            return [bucket["key"] for bucket in counted["aggregations"]["words"]["buckets"]]

        return self._asked(read) if prefix else []

    def _asked(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except NotFoundError as error:
            raise EngineError("no index") from error
        except (OpenSearchException, OSError, KeyError) as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def _search(self, request: SearchRequest) -> Results:
        field, direction = ORDERS[
            request.sort if request.query is not None or request.sort != "relevance" else "number"
        ]
        order = [{field: direction}, {"key": "asc"}]
        own = {
            name: {"terms": {"facet": [f"{name}={value}" for value in values]}}
            for name, values in request.filters.items()
        }
        kind: Body = {"terms": {"kind": list(request.kinds)}}
        body: Body = {
            "query": {
                "bool": {"filter": self._narrowing(request), "must": [_compile(request.query)] if request.query else []}
            },
            "post_filter": {"bool": {"filter": [kind, *own.values()]}},
            "aggs": {"kinds": _counted([*own.values()], "kind")},
            "sort": order,
            "track_total_hits": True,
        }
        for name in request.facets:
            # Its own filter left out, so that a second value can be chosen.
            others = [kind, *(one for other, one in own.items() if other != name)]
            body["aggs"][f"facet {name}"] = _counted(others, "facet", f"{_literal(name)}=.*")
        found = self._client.search(
            index=self._alias, body=body | {"size": request.limit if request.offset + request.limit <= WINDOW else 0,
            "from": request.offset if request.offset + request.limit <= WINDOW else 0},
        )  # fmt: skip
        hits = found["hits"]["hits"]
        if request.offset + request.limit > WINDOW:
            hits = self._deep(body, request.offset, request.limit)
        scored = request.sort == "relevance" and request.query is not None
        counts = found["aggregations"]
        return Results(
            total=found["hits"]["total"]["value"],
            hits=[Hit(hit["_id"], float(hit["sort"][0]) if scored else 0.0) for hit in hits],
            kinds={bucket["key"]: bucket["doc_count"] for bucket in counts["kinds"]["counted"]["buckets"]},
            facets={name: _by_count(counts[f"facet {name}"]["counted"]["buckets"]) for name in request.facets},
        )

    def _deep(self, body: Body, offset: int, limit: int) -> list[Body]:
        """Hits beyond the server's window: its last hit is asked for again and again and stepped over."""
        plain = {name: body[name] for name in ("query", "post_filter", "sort")}
        behind, after = offset, None
        while True:
            step = {**plain, "size": min(behind, WINDOW) or limit} | ({"search_after": after} if after else {})
            hits: list[Body] = self._client.search(index=self._alias, body=step)["hits"]["hits"]
            if not behind or not hits:
                return hits[:limit] if not behind else []
            behind -= len(hits)
            after = hits[-1]["sort"]

    def _narrowing(self, request: SearchRequest) -> list[Body]:
        narrowing: list[Body] = [{"terms": {"audience": sorted(request.audiences)}}]
        if request.date_from is not None:
            narrowing.append({"range": {"date_to": {"gte": request.date_from}}})
        if request.date_to is not None:
            narrowing.append({"range": {"date_from": {"lte": request.date_to}}})
        return narrowing

    def _fresh(self) -> str:
        """A new empty index, not yet in use."""
        standing = self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True)
        taken = [int(name.rpartition("-")[2]) for name in standing if name.rpartition("-")[2].isdecimal()]
        name = f"{self._alias}-{max(taken, default=0) + 1}"
        self._client.indices.create(index=name, body={"settings": self._settings, "mappings": MAPPING})
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


def _counted(filters: list[Body], field: str, include: str = "") -> Body:
    terms: Body = {"field": field, "size": MOST_FACET_VALUES} | ({"include": include} if include else {})
    return {"filter": {"bool": {"filter": filters}}, "aggs": {"counted": {"terms": terms}}}


def _by_count(buckets: list[Body]) -> list[tuple[str, int]]:
    counts = [(str(bucket["key"]).partition("=")[2], int(bucket["doc_count"])) for bucket in buckets]
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))


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
            rewrite = f"top_terms_{PREFIX_WORDS}"
            begun = [{"prefix": {name: {"value": folded, "rewrite": rewrite}}} for name in ("title", "folded")]
            return {"bool": {"should": begun, "minimum_should_match": 1}}
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


def _fields(document: Document) -> Body:
    title, body = tokens(document.title), tokens(document.body)
    return {
        "key": document.key,
        "kind": document.kind,
        "audience": document.audience,
        "number": document.number,
        "newest": document.newest,
        "title": " ".join(token.folded for token in title),
        "folded": " ".join(token.folded for token in body),
        "exact": " ".join([*(token.exact for token in title), GAP, *(token.exact for token in body)]),
        "word": list(dict.fromkeys(token.folded for token in body)),
        "facet": [f"{name}={value}" for name, values in document.facets.items() for value in values],
        "by_date": UNDATED if document.date_from is None else document.date_from,
        **({"date_from": document.date_from} if document.date_from is not None else {}),
        **({"date_to": document.date_to} if document.date_to is not None else {}),
    }


def _literal(text: str) -> str:
    """`text` as itself in the server's regular expressions."""
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in text)
