"""Our own small grammar."""

import pytest

from catalog.engines.query import All, Either, Not, Phrase, Prefix, Word, read_query, words_asked_for


def word(text: str, folded: str = "", marked: bool = False) -> Word:
    return Word(text, folded or text, marked)


@pytest.mark.parametrize(
    ("typed", "node"),
    [
        ("thu", word("thu")),
        ("Quân lệnh", All((word("quân", "quan", True), word("lệnh", "lenh", True)))),
        ('"di b"', Phrase((word("di"), word("b")))),
        ("a -b", All((word("a"), Not(word("b"))))),
        ('a -"b c"', All((word("a"), Not(Phrase((word("b"), word("c"))))))),
        ("a OR b c", Either((word("a"), All((word("b"), word("c")))))),
        ("a HOẶC b", Either((word("a"), word("b")))),
        ("qua*", Prefix("qua")),
        ("c3/d9", Phrase((word("c3"), word("d9")))),
        ("", None),
    ],
)
def test_reading(typed: str, node: object) -> None:
    assert read_query(typed).node == node


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ('"a b', "unclosed_quote"),
        ("a*", "prefix_too_short"),
        ("-a", "only_excluded"),
        ("!!!", "nothing"),
        ("x " * 100, "too_many_words"),
    ],
)
def test_what_could_not_be_read_is_noted(typed: str, note: str) -> None:
    assert note in read_query(typed).notes


def test_excluded_words_are_not_marked() -> None:
    assert words_asked_for(read_query("a -b OR c").node) == [word("a"), word("c")]
