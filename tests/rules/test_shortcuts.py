"""Pairs of very common words, and beginnings of words, as an index keeps them."""

from catalog.rules.shortcuts import EXACT_PAIR, FOLDED_PAIR, beginnings_of, pairs_of, pairs_within
from catalog.rules.text import exact_and_folded


def test_only_neighbours_that_are_both_very_common_make_a_pair() -> None:
    pairs = pairs_of(*exact_and_folded("Của các"), *exact_and_folded("Tiểu đoàn rừng của. Các; đơn vị"))
    assert pairs == {
        "cua_cac",
        "cua^cac",
        "của=các",
        "tieu_doan",
        "tiểu=đoàn",
        "cac_don",
        "các=đơn",
        "don_vi",
        "đơn=vị",
    }


def test_no_pair_runs_from_the_title_into_the_text() -> None:
    assert pairs_of(*exact_and_folded("Tiểu"), *exact_and_folded("đoàn")) == set()


def test_a_phrase_finds_the_pairs_that_were_kept() -> None:
    exact, folded = exact_and_folded("tiểu đoàn rừng các đơn vị")
    assert pairs_within(exact, folded, EXACT_PAIR) == ["tiểu=đoàn", "các=đơn", "đơn=vị"]
    assert set(pairs_within(folded, folded, FOLDED_PAIR)) <= pairs_of((), (), exact, folded)
    assert pairs_within(["rừng"], ["rung"], EXACT_PAIR) == []


def test_beginnings_are_of_two_letters_and_tell_titles_apart() -> None:
    assert beginnings_of(["thu"], ["rung", "rong", "o"]) == {"th", "^th", "ru", "ro", "o"}
