"""Marks of a transcription: shown as what they mean, out of the way of searching."""

import pytest

from catalog.rules.text import tokens
from catalog.rules.transcription import COVERED, pieces, without_marks


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Trần Văn Phú[?]", "Trần Văn Phú"),
        ("đi […] về", "đi về"),
        ("đi [...] về [illegible] [không đọc được]", "đi về"),
        ("[dấu: Sư đoàn 324]", "Sư đoàn 324"),
        ("[stamp: E90] đã ký [chữ ký]", "E90 đã ký"),
        ("~~Trung~~ đại ^đội^", "Trung đại đội"),
        ("số [5] và a~b ^ c", "số [5] và a~b ^ c"),
    ],
)
def test_words_without_marks_keep_their_positions(typed: str, words: str) -> None:
    plain = without_marks(typed)
    assert len(plain) == len(typed)
    assert " ".join(plain.split()) == words
    for token in tokens(plain):
        assert typed[token.start : token.end] == token.text


def test_a_text_is_cut_at_its_marks() -> None:
    cut = [(piece.text, piece.kind) for piece in pieces("ông Phú[?] ở […], [dấu: E90] ~~bỏ~~")]
    assert cut == [
        ("ông ", ""),
        ("Phú", "uncertain"),
        (" ở ", ""),
        ("", "illegible"),
        (", ", ""),
        ("E90", "stamp"),
        (" ", ""),
        ("bỏ", "struck"),
    ]


def test_pieces_say_where_they_begin() -> None:
    typed = "[?] một hai[?] ba ^bốn^"
    for piece in pieces(typed):
        assert piece.kind == "uncertain" or typed[piece.start : piece.start + len(piece.text)] == piece.text


def test_what_is_covered_is_no_word_and_not_called_illegible() -> None:
    assert [(piece.text, piece.kind) for piece in pieces(f"ông {COVERED} ở")] == [
        ("ông ", ""),
        ("", "covered"),
        (" ở", ""),
    ]
    assert without_marks(f"ông {COVERED} ở").split() == ["ông", "ở"]
