"""OpenSearch keeps the contract, on one server and on three of which one is killed."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.engines.interface import Engine, EngineError, SearchRequest, keys_of
from catalog.engines.query import read_query
from tests.engines.contract import EngineContract, document
from tests.engines.opensearch_server import Cluster
from tests.waiting import wait_until

pytestmark = pytest.mark.needs("opensearch")


def name_of(folder: Path) -> str:
    """The index of a test, named after its folder."""
    return "t" + hashlib.sha1(str(folder).encode()).hexdigest()[:12]


def engine_of(urls: list[str], name: str, **options: int) -> Any:
    from catalog.engines.opensearch_engine import OpenSearchEngine, connect

    return OpenSearchEngine(connect(urls), name, **options)


@pytest.fixture(scope="module")
def one_server() -> Iterator[Cluster]:
    """One node."""
    cluster = Cluster(1)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


class TestOpenSearch(EngineContract):
    """One node, run for real."""

    @pytest.fixture(autouse=True)
    def _server(self, one_server: Cluster) -> None:
        self.cluster = one_server

    def make(self, folder: Path) -> Engine:
        """Named after the folder, so that every test has an index of its own."""
        engine: Engine = engine_of(self.cluster.urls, name_of(folder))
        return engine

    def test_paging_goes_on_beyond_the_servers_window(self, engine: Engine, tmp_path: Path) -> None:
        keys = self.keys_of_hits(engine, sort="number")
        engine = engine_of(self.cluster.urls, name_of(tmp_path), window=2)
        assert self.keys_of_hits(engine, sort="number", offset=3, limit=2) == keys[3:]
        assert self.keys_of_hits(engine, sort="number", offset=5, limit=2) == []
        assert self.keys_of_hits(engine, sort="number", offset=1, limit=20) == keys[1:]
        late = SearchRequest(None, ("record",), frozenset({"public"}), sort="number", offset=3, limit=2, seconds=0.0)
        assert not engine.search(late).complete

    def test_a_rebuild_never_takes_search_away(self, engine: Engine) -> None:
        stop, missed = threading.Event(), []

        def ask() -> None:
            while not stop.is_set():
                try:
                    if (
                        self.keys_of_hits(engine, "quan lenh") != ["record:3", "record:1", "record:2"][:3]
                        and len(self.keys_of_hits(engine)) < 5
                    ):
                        missed.append("fewer")
                except EngineError as error:
                    missed.append(str(error))

        asking = threading.Thread(target=ask)
        asking.start()
        for _time in range(3):
            engine.rebuild(iter([document(number, "Quân lệnh") for number in range(1, 8)]))
        stop.set()
        asking.join()
        assert missed == []


def test_a_server_that_is_away_is_an_engine_error() -> None:
    away = engine_of(["http://127.0.0.1:9"], "nothing")
    with pytest.raises(EngineError):
        away.search(SearchRequest(None, ("record",), frozenset({"public"})))


class TestThreeNodes:
    """One of three is killed while searching and indexing: nothing acknowledged is lost, search goes on."""

    def test_killing_one(self) -> None:
        cluster = Cluster(3)
        try:
            cluster.start()
            engine = engine_of(cluster.urls, "three", replicas=2)
            engine.rebuild(iter([document(0, "đầu tiên")]))
            acknowledged, refused, statuses = [0], [], []
            stop = threading.Event()

            def write() -> None:
                position = 0
                while not stop.is_set():
                    position += 1
                    try:
                        engine.apply([document(position, f"giấy số {position}")], [])
                        acknowledged.append(position)
                    except EngineError as error:
                        refused.append(str(error))

            def ask() -> None:
                request = SearchRequest(read_query("đầu tiên").node, ("record",), frozenset({"public"}))
                while not stop.is_set():
                    try:
                        statuses.append(engine.search(request).total)
                    except EngineError:
                        statuses.append(-1)
                    stop.wait(0.02)

            threads = [threading.Thread(target=write), threading.Thread(target=ask)]
            for thread in threads:
                thread.start()
            wait_until(lambda: len(acknowledged) > 20 and len(statuses) > 100, 60)
            before = len(acknowledged)
            cluster.nodes[0].kill()
            killed_at = len(statuses)
            # Long enough for the two that are left to agree that the third is gone.
            wait_until(lambda: len(acknowledged) > before + 20 and len(statuses) > killed_at + 300, 120)
            stop.set()
            for thread in threads:
                thread.join()
            cluster.wait(2)
            assert keys_of(engine) >= {f"record:{number}" for number in acknowledged}, (
                "an acknowledged document is lost"
            )
            assert len(acknowledged) > before > 5, "writing did not go on"
            after = statuses[killed_at:]
            assert set(statuses[:killed_at]) == {1}
            assert sum(total == 1 for total in after) / len(after) > 0.9, "search did not go on"
            assert after[-1] == 1
        finally:
            cluster.stop()
