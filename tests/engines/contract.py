"""What every engine must do, whatever it is made of. Each engine's test class inherits this and says how one is made."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.engines.interface import Document, Engine, EngineError, SearchRequest
from catalog.engines.query import read_query

KINDS = ("record", "page")


def document(at: int, title: str = "", body: str = "", **more: object) -> Document:
    """Somebody's paper, invented."""
    standing = Document(f"record:{at}", "record", "public", title, body, number=f"HC/{at:04}", newest=float(at))
    return replace(standing, **more)  # type: ignore[arg-type]


PAPERS = [
    document(1, "Thư gửi mẹ", "quân lệnh đi xa, hòa bình sẽ về", facets={"kind": ("letter",)}, date_from=10, date_to=20),
    document(2, "Sổ tay", "lệnh quân đội; hoà bình", facets={"kind": ("notebook",), "decade": ("1960", "1970")}, date_from=30, date_to=30),
    document(3, "Quân lệnh số 5", "ngày đêm", facets={"kind": ("letter",)}, date_from=5, date_to=40),
    document(4, "Kín", "quân lệnh", audience="closed", facets={"kind": ("letter",)}),
    document(5, "Trang một", "Trần Văn Mẫu, e90 f324, số 26966", kind="page", key="page:5", facets={"kind": ("letter",)}),
    document(6, "Đi B", "đi B năm 1966", facets={"kind": ("pass",)}),
]  # fmt: skip


class EngineContract:
    """Inherited by `TestWhoosh`, `TestTantivy` and so on."""

    def make(self, folder: Path) -> Engine:
        """An engine whose index lies in, or is named for, `folder`."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        """One with the papers in it."""
        made = self.make(tmp_path)
        made.rebuild(iter(PAPERS))
        yield made

    def found(self, engine: Engine, text: str = "", **asked: object) -> list[str]:
        """Keys found, best first."""
        request = SearchRequest(read_query(text).node, KINDS, frozenset({"public"}))
        return [hit.key for hit in engine.search(replace(request, **asked)).hits]  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("quan lenh", {1, 2, 3}), ("quân lệnh", {1, 2, 3}), ("QUÂN LỆNH", {1, 2, 3}), ("qua\u0302n le\u0323\u0302nh", {1, 2, 3}), ("quận lệnh", set()),
            ('"quân lệnh"', {1, 3}), ('"lệnh quân"', {2}), ('"quan lenh"', {1, 3}), ('"mẹ quân"', set()), ("hòa", {1, 2}), ("hoà", {1, 2}), ("hoa binh", {1, 2}),
            ("-lệnh đi", {6}), ("quân -thư", {2, 3}), ("mẹ OR sổ", {1, 2}), ("đi b", {6}), ("b", {6}), ("26966", {5}), ("e90 f324", {5}), ("tra*", {5}),
            ("đêm", {3}), ("xyz", set()), ("xyz OR abc", set()), ("-xyz", {1, 2, 3, 5, 6}),
        ],
    )  # fmt: skip
    def test_words_marks_phrases_and_operators(self, engine: Engine, text: str, numbers: set[int]) -> None:
        assert {int(key.partition(":")[2]) for key in self.found(engine, text)} == numbers

    def test_a_word_in_the_title_comes_first(self, engine: Engine) -> None:
        assert self.found(engine, "quân lệnh")[0] == "record:3"

    def test_what_one_may_not_see_is_not_there(self, engine: Engine) -> None:
        request = SearchRequest(read_query("lệnh").node, KINDS, frozenset({"public"}), facets=("kind",))
        public = engine.search(request)
        assert public.total == 3 and dict(public.facets["kind"]) == {"letter": 2, "notebook": 1}
        assert engine.search(replace(request, audiences=frozenset({"public", "closed"}))).total == 4

    def test_facets_count_with_their_own_filter_left_out(self, engine: Engine) -> None:
        request = SearchRequest(
            None, KINDS, frozenset({"public"}), filters={"kind": ("letter",)}, facets=("kind", "decade")
        )
        found = engine.search(request)
        assert found.total == 3
        assert found.facets["kind"] == [("letter", 3), ("notebook", 1), ("pass", 1)]
        assert found.facets["decade"] == []
        several = engine.search(replace(request, filters={"kind": ("letter", "pass")}))
        assert several.total == 4
        assert engine.search(replace(request, filters={})).facets["decade"] == [("1960", 1), ("1970", 1)]

    def test_kinds_are_counted_whatever_kind_is_asked_for(self, engine: Engine) -> None:
        found = engine.search(SearchRequest(None, ("page",), frozenset({"public"})))
        assert found.total == 1 and dict(found.kinds) == {"record": 4, "page": 1}

    @pytest.mark.parametrize(
        ("first", "last", "numbers"), [(None, None, [1, 2, 3, 5, 6]), (21, None, [2, 3]), (None, 9, [3]), (31, 35, [3]), (41, None, []), (20, 30, [1, 2, 3])]
    )  # fmt: skip
    def test_uncertain_dates_are_found_by_every_day_they_may_be(
        self, engine: Engine, first: int | None, last: int | None, numbers: list[int]
    ) -> None:
        found = self.found(engine, date_from=first, date_to=last)
        assert sorted(int(key.partition(":")[2]) for key in found) == numbers

    def test_sorting(self, engine: Engine) -> None:
        assert self.found(engine, sort="number") == ["record:1", "record:2", "record:3", "page:5", "record:6"]
        assert self.found(engine, sort="newest") == ["record:6", "page:5", "record:3", "record:2", "record:1"]
        assert self.found(engine, sort="date")[:3] == ["record:3", "record:1", "record:2"]

    def test_pages_of_results_join_without_gap_or_overlap(self, engine: Engine) -> None:
        whole = self.found(engine, sort="number")
        assert [
            *self.found(engine, sort="number", limit=2),
            *self.found(engine, sort="number", offset=2, limit=9),
        ] == whole
        counted = engine.search(SearchRequest(None, KINDS, frozenset({"public"}), limit=0))
        assert (counted.hits, counted.total) == ([], 5)

    def test_a_change_replaces_and_a_removal_removes(self, engine: Engine) -> None:
        engine.apply([document(1, "Khác", "mới tinh")], ["record:2"])
        assert self.found(engine, "lệnh") == ["record:3"]
        assert self.found(engine, "mới tinh") == ["record:1"]
        assert engine.keys() == {"record:1", "record:3", "record:4", "page:5", "record:6"}

    def test_a_rebuild_takes_the_place_of_everything(self, engine: Engine, tmp_path: Path) -> None:
        other = self.make(tmp_path)
        assert other.rebuild(iter([document(9, "Chỉ một")])) == 1
        assert engine.keys() == other.keys() == {"record:9"}
        assert self.found(engine, "chi mot") == ["record:9"]

    def test_writing_into_nothing_begins_an_index(self, tmp_path: Path) -> None:
        fresh = self.make(tmp_path / "new")
        fresh.apply([document(1, "Đầu tiên")], ["record:7"])
        assert self.found(fresh, "dau tien") == ["record:1"]

    def test_without_an_index_it_says_so(self, tmp_path: Path) -> None:
        missing = self.make(tmp_path / "missing")
        for act in (missing.keys, lambda: self.found(missing, "a"), lambda: missing.words_beginning("a", 1)):
            with pytest.raises(EngineError):
                act()

    def test_words_beginning_so_the_most_frequent_first(self, engine: Engine) -> None:
        assert engine.words_beginning("l", 3) == ["lenh"]
        assert engine.words_beginning("zz", 3) == []

    def test_an_or_of_ands_does_not_hang(self, engine: Engine) -> None:
        """Whoosh 2.7.4 spins for ever on this shape (whoosh-community 446)."""
        text = " OR ".join(["quân lệnh", "trần mẫu", "hoà bình", "thư mẹ", "đi b"])
        assert len(self.found(engine, text)) >= 1
