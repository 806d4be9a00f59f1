"""What every engine must do, however it is implemented. Each engine's test class inherits this and says how one is
made."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog.engines.interface import KINDS as EVERY_KIND
from catalog.engines.interface import Document, Engine, EngineError, SearchRequest, keys_of
from catalog.engines.query import All, Dates, Either, read_query

KINDS = ("record", "page")


def document(number: int, title: str = "", body: str = "", **more: object) -> Document:
    """Somebody's paper, invented."""
    result = Document(
        f"record:{number}", "record", "public", title, body, number=f"HC/{number:04}", newest=float(number)
    )
    return replace(result, **more)  # type: ignore[arg-type]


PAPERS = [
    document(
        1, "Thư gửi mẹ", "quân lệnh đi xa, hòa bình sẽ về", facets={"kind": ("letter",)}, date_from=10, date_to=20
    ),
    document(
        2,
        "Sổ tay",
        "lệnh quân đội; hoà bình",
        facets={"kind": ("notebook",), "decade": ("1960", "1970")},
        date_from=30,
        date_to=30,
    ),
    document(3, "Quân lệnh số 5", "ngày đêm", facets={"kind": ("letter",)}, date_from=5, date_to=40),
    document(4, "Kín", "quân lệnh", audience="closed", facets={"kind": ("letter",)}),
    document(
        5,
        "Trang một",
        "Trần Văn Mẫu, e90 f324, số 26966",
        kind="page",
        key="page:5",
        group="record:1",
        facets={"kind": ("letter",)},
        fields={"name": "Trần Văn Mẫu", "unit": "e90 f324", "number": "26966"},
    ),
    document(6, "Đi B", "đi B năm 1966", facets={"kind": ("pass",)}),
]


class EngineContract:
    """Inherited by `TestWhoosh`, `TestTantivy` and so on."""

    # Whether it knows the position of every word, or only which are neighbours.
    keeps_places = True

    def make(self, folder: Path) -> Engine:
        """An engine whose index lies in, or is named for, `folder`."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        """One with the papers in it."""
        engine = self.make(tmp_path)
        engine.rebuild(iter(PAPERS))
        yield engine

    def keys_of_hits(self, engine: Engine, text: str = "", **parameters: object) -> list[str]:
        """Keys found, best first."""
        request = SearchRequest(read_query(text).node, KINDS, frozenset({"public"}))
        return [hit.key for hit in engine.search(replace(request, **parameters)).hits]  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("quan lenh", {1, 2, 3}),
            ("quân lệnh", {1, 2, 3}),
            ("QUÂN LỆNH", {1, 2, 3}),
            ("qua\u0302n le\u0323\u0302nh", {1, 2, 3}),
            ("quận lệnh", set()),
            ('"quân lệnh"', {1, 3}),
            ('"lệnh quân"', {2}),
            ('"quan lenh"', {1, 3}),
            ('"mẹ quân"', set()),
            ("hòa", {1, 2}),
            ("hoà", {1, 2}),
            ("hoa binh", {1, 2}),
            ("-lệnh đi", {6}),
            ("quân -thư", {2, 3}),
            ("mẹ OR sổ", {1, 2}),
            ("đi b", {6}),
            ("b", {6}),
            ("26966", {5}),
            ("e90 f324", {5}),
            ("tra*", {5}),
            ("(mẹ OR sổ) quân", {1, 2}),
            ("quân NOT (thư OR sổ)", {3}),
            ("lệnhh~", {1, 2, 3}),
            ("menh~ OR lenk~", {1, 2, 3}),
            ("title:lệnh", {3}),
            ('tiêu đề:"so tay"', {2}),
            ("tên:mẫu", {5}),
            ('name:"trần văn"', {5}),
            ('name:"văn trần"', set()),
            ("đơn vị:e9*", {5}),
            ("tên:e90", set()),
            ("kind:letter lệnh", {1, 3}),
            ("-kind:letter lệnh", {2}),
            ("text:lệnh", {1, 2, 3}),
            ("số:26966", {5}),
            ("đơn vị:mẫu", set()),
            ("đêm", {3}),
            ("xyz", set()),
            ("xyz OR abc", set()),
            ("-xyz", {1, 2, 3, 5, 6}),
        ],
    )
    def test_words_marks_phrases_and_operators(self, engine: Engine, text: str, numbers: set[int]) -> None:
        assert {int(key.partition(":")[2]) for key in self.keys_of_hits(engine, text)} == numbers

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ('"tiểu đoàn"', {1, 4, 6}),
            ('"tieu doan"', {1, 3, 4, 6}),
            ('"tieu đoàn"', {1, 4, 6}),
            ('"đoàn tiểu"', {2}),
            ('"của các tiểu"', {6}),
            ('"cua cac tieu doan"', {6}),
            ('"các tiểu rừng"', {8}),
            ('title:"tiểu đoàn"', {1}),
            ("ti*", {1, 2, 3, 4, 5, 6, 7, 8}),
            ("tí*", {1, 2, 3, 4, 5, 6, 7, 8}),
            ("ru*", {8}),
            ("-ti*", {9}),
            ("tie*", {1, 2, 3, 4, 5, 6, 7, 8}),
        ],
    )
    def test_very_common_words_side_by_side_and_words_begun(self, tmp_path: Path, text: str, numbers: set[int]) -> None:
        engine = self.make(tmp_path)
        engine.rebuild(
            [
                document(1, "Tiểu đoàn 5", "đi"),
                document(2, "Đoàn", "đoàn tiểu"),
                document(3, "Báo", "tieu doan"),
                document(4, "Báo", "tiểu. Đoàn"),
                document(5, "Tiểu", "đoàn"),
                document(6, "Báo", "của các tiểu đoàn"),
                document(7, "Báo", "của các, và các tiểu"),
                document(8, "Báo", "các tiểu rừng"),
                document(9, "Báo", "rặng núi"),
            ]
        )
        other_numbers = {int(key.partition(":")[2]) for key in self.keys_of_hits(engine, text)}
        assert other_numbers == numbers if self.keeps_places else other_numbers - {7} == numbers - {7}

    def test_what_one_began_to_write_is_sought_in_titles_first(self, tmp_path: Path) -> None:
        engine = self.make(tmp_path)
        engine.rebuild([document(1, "Thư", "rừng"), document(2, "Thư", "rừng núi"), document(3, "Rừng", "thư")])
        assert self.keys_of_hits(engine, "ru*")[0] == "record:3" and len(self.keys_of_hits(engine, "ru*")) == 3

    def test_every_kind_is_counted_where_every_kind_is_asked_for(self, engine: Engine) -> None:
        results = engine.search(SearchRequest(None, EVERY_KIND, frozenset({"public"}), facets=("kind",)))
        assert (results.total, dict(results.kinds)) == (5, {"record": 4, "page": 1})
        assert dict(results.facets["kind"]) == {"letter": 3, "notebook": 1, "pass": 1}

    def test_dates_leave_out_what_has_none_and_facets_follow(self, engine: Engine) -> None:
        request = SearchRequest(
            read_query("lệnh").node,
            KINDS,
            frozenset({"public"}),
            filters={"kind": ("letter",)},
            date_from=10,
            date_to=40,
            facets=("kind",),
        )
        results = engine.search(request)
        assert (results.total, results.certain) == (2, 1)
        assert dict(results.facets["kind"]) == {"letter": 2, "notebook": 1}

    def test_a_word_in_the_title_comes_first(self, engine: Engine) -> None:
        assert self.keys_of_hits(engine, "quân lệnh")[0] == "record:3"

    def test_what_one_may_not_see_is_not_there(self, engine: Engine) -> None:
        request = SearchRequest(read_query("lệnh").node, KINDS, frozenset({"public"}), facets=("kind",))
        public = engine.search(request)
        assert public.total == 3 and dict(public.facets["kind"]) == {"letter": 2, "notebook": 1}
        assert engine.search(replace(request, audiences=frozenset({"public", "closed"}))).total == 4

    def test_facets_count_with_their_own_filter_left_out(self, engine: Engine) -> None:
        request = SearchRequest(
            None, KINDS, frozenset({"public"}), filters={"kind": ("letter",)}, facets=("kind", "decade")
        )
        results = engine.search(request)
        assert results.total == 3
        assert results.facets["kind"] == [("letter", 3), ("notebook", 1), ("pass", 1)]
        assert results.facets["decade"] == []
        several = engine.search(replace(request, filters={"kind": ("letter", "pass")}))
        assert several.total == 4
        assert engine.search(replace(request, filters={})).facets["decade"] == [("1960", 1), ("1970", 1)]

    def test_kinds_are_counted_whatever_kind_is_asked_for(self, engine: Engine) -> None:
        results = engine.search(SearchRequest(None, ("page",), frozenset({"public"})))
        assert results.total == 1 and dict(results.kinds) == {"record": 4, "page": 1}

    @pytest.mark.parametrize(
        ("first", "last", "numbers"),
        [
            (None, None, [1, 2, 3, 5, 6]),
            (21, None, [2, 3]),
            (None, 9, [3]),
            (31, 35, [3]),
            (41, None, []),
            (20, 30, [1, 2, 3]),
        ],
    )
    def test_uncertain_dates_are_found_by_every_day_they_may_be(
        self, engine: Engine, first: int | None, last: int | None, numbers: list[int]
    ) -> None:
        keys = self.keys_of_hits(engine, date_from=first, date_to=last)
        assert sorted(int(key.partition(":")[2]) for key in keys) == numbers

    def test_dates_certain_and_possible_are_distinguished(self, engine: Engine) -> None:
        request = SearchRequest(None, KINDS, frozenset({"public"}), date_from=20, date_to=30)
        assert (engine.search(request).total, engine.search(request).certain) == (3, 1)
        assert [hit.key for hit in engine.search(replace(request, certain=True)).hits] == ["record:2"]
        assert engine.search(replace(request, date_from=None, date_to=None)).certain is None
        assert self.keys_of_hits(engine, date_to=40, certain=True, sort="number") == [
            "record:1",
            "record:2",
            "record:3",
        ]

    def test_dates_within_a_question(self, engine: Engine) -> None:
        query = Either((Dates(date.fromordinal(31), None), read_query("thư").node or All(())))
        results = engine.search(SearchRequest(query, KINDS, frozenset({"public"})))
        assert {hit.key for hit in results.hits} == {"record:1", "record:3"}

    def test_values_can_be_left_out(self, engine: Engine) -> None:
        request = SearchRequest(None, KINDS, frozenset({"public"}), excluded={"kind": ("letter",)}, facets=("kind",))
        results = engine.search(request)
        assert {hit.key for hit in results.hits} == {"record:2", "record:6"}
        assert dict(results.facets["kind"]) == {"letter": 3, "notebook": 1, "pass": 1}

    def test_hits_of_a_group_are_counted_and_keys_can_be_kept_out(self, engine: Engine) -> None:
        request = SearchRequest(None, KINDS, frozenset({"public"}), groups=("record:1", "record:9"), by_group=True)
        results = engine.search(request)
        assert ([hit.key for hit in results.hits], dict(results.groups)) == (["page:5"], {"record:1": 1})
        without = engine.search(
            replace(request, groups=(), by_group=False, without=frozenset({"record:1", "record:77"}))
        )
        assert without.total == 4 and without.kinds == {"record": 3, "page": 1}

    def test_revisions_tell_what_differs(self, engine: Engine) -> None:
        assert dict(engine.revisions()) == {paper.key: paper.revision for paper in PAPERS}
        changed = replace(PAPERS[0], body="khác")
        engine.apply([changed], [])
        assert dict(engine.revisions())["record:1"] == changed.revision != PAPERS[0].revision

    def test_a_rebuild_broken_off_is_gone_on_with(self, engine: Engine) -> None:
        def broken() -> Iterator[Document]:
            for number in range(12_000):
                yield document(number, f"Giấy {number}", "mới")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            engine.rebuild(broken())
        assert len(keys_of(engine)) == len(PAPERS)
        done: list[int] = []
        remaining = [document(number, f"Giấy {number}", "mới") for number in range(5, 12_100)]
        assert engine.rebuild(remaining, done.append) == 12_095
        assert done[-1] > 0 and keys_of(engine) == {new_document.key for new_document in remaining}
        assert engine.search(SearchRequest(read_query("mới").node, KINDS, frozenset({"public"}))).total == 12_095

    def test_sorting(self, engine: Engine) -> None:
        assert self.keys_of_hits(engine, sort="number") == ["record:1", "record:2", "record:3", "page:5", "record:6"]
        assert self.keys_of_hits(engine, sort="newest") == ["record:6", "page:5", "record:3", "record:2", "record:1"]
        assert self.keys_of_hits(engine, sort="date")[:3] == ["record:3", "record:1", "record:2"]

    def test_the_contents_of_a_withheld_record_are_neither_found_nor_counted(self, engine: Engine) -> None:
        engine.apply(
            [
                document(21, "giấy tờ rút", above=("21", "20", "2")),
                document(22, "giấy tờ rút", above=("22", "20", "2")),
                document(23, "giấy tờ rút", above=("23", "3")),
                document(20, "giấy tờ rút", kind="page", key="page:200", group="record:21", above=("21", "20", "2")),
            ],
            [],
        )
        request = SearchRequest(read_query("giấy tờ rút").node, KINDS, frozenset({"public"}), facets=("kind",))
        assert engine.search(request).total == 4
        less = engine.search(replace(request, without_below=frozenset({"20", "999"})))
        assert (less.total, dict(less.kinds)) == (1, {"record": 1})
        assert [hit.key for hit in less.hits] == ["record:23"]
        # Many may wait at once.
        many = frozenset({"2", *(str(number) for number in range(1000, 70_000))})
        assert engine.search(replace(request, without_below=many)).total == 1

    def test_pages_of_results_join_without_gap_or_overlap(self, engine: Engine) -> None:
        keys = self.keys_of_hits(engine, sort="number")
        assert [
            *self.keys_of_hits(engine, sort="number", limit=2),
            *self.keys_of_hits(engine, sort="number", offset=2, limit=9),
        ] == keys
        counted = engine.search(SearchRequest(None, KINDS, frozenset({"public"}), limit=0))
        assert (counted.hits, counted.total) == ([], 5)

    def test_a_change_replaces_and_a_removal_removes(self, engine: Engine) -> None:
        engine.apply([document(1, "Khác", "mới tinh")], ["record:2"])
        assert self.keys_of_hits(engine, "lệnh") == ["record:3"]
        assert self.keys_of_hits(engine, "mới tinh") == ["record:1"]
        assert keys_of(engine) == {"record:1", "record:3", "record:4", "page:5", "record:6"}

    def test_a_rebuild_takes_the_place_of_everything(self, engine: Engine, tmp_path: Path) -> None:
        other = self.make(tmp_path)
        assert other.rebuild(iter([document(9, "Chỉ một")])) == 1
        assert keys_of(engine) == keys_of(other) == {"record:9"}
        assert self.keys_of_hits(engine, "chi mot") == ["record:9"]

    def test_a_rebuild_keeps_nobody_from_searching(self, engine: Engine) -> None:
        visited: list[int] = []

        def papers() -> Iterator[Document]:
            visited.append(len(self.keys_of_hits(engine)))
            yield document(9, "Chỉ một")

        engine.rebuild(papers())
        assert visited == [5] and self.keys_of_hits(engine) == ["record:9"]

    def test_many_who_search_at_once_get_each_their_own_answer(self, tmp_path: Path) -> None:
        """Whoosh's readers move one shared place in a file: threads read each other's bytes."""
        engine = self.make(tmp_path / "many")
        words = [f"từ{number}" for number in range(2, 60)]
        papers = [
            document(number, f"Tờ {number}", " ".join(word for word in words if number % int(word[2:]) == 0))
            for number in range(800)
        ]
        engine.rebuild(papers)
        search_requests = [SearchRequest(read_query(word).node, KINDS, frozenset({"public"})) for word in words * 4]
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(6) as people:
                totals = list(people.map(lambda request: engine.search(request).total, search_requests))
        finally:
            sys.setswitchinterval(before)
        assert totals == [len(range(0, 800, int(word[2:]))) for word in words * 4]

    def test_a_few_changes_don_t_pass_for_a_whole_index(self, tmp_path: Path) -> None:
        fresh = self.make(tmp_path / "new")
        with pytest.raises(EngineError):
            fresh.apply([document(1, "Đầu tiên")], ["record:7"])
        assert fresh.rebuild([]) == 0
        fresh.apply([document(1, "Đầu tiên")], ["record:7"])
        assert self.keys_of_hits(fresh, "dau tien") == ["record:1"]

    def test_without_an_index_it_says_so(self, tmp_path: Path) -> None:
        missing = self.make(tmp_path / "missing")
        for act in (
            lambda: keys_of(missing),
            lambda: self.keys_of_hits(missing, "a"),
        ):
            with pytest.raises(EngineError):
                act()

    def test_an_or_of_ands_does_not_hang(self, engine: Engine) -> None:
        """Whoosh 2.7.4 spins for ever on this shape (whoosh-community 446)."""
        text = " OR ".join(["quân lệnh", "trần mẫu", "hoà bình", "thư mẹ", "đi b"])
        assert len(self.keys_of_hits(engine, text)) >= 1
