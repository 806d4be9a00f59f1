"""What a number belongs to that no level word came before: "90th Regiment", "9th Marines", "e90/324"."""

from catalog.rules.units.notation import Part
from catalog.rules.units.state import ReadingState
from catalog.rules.units.tokens import Token
from catalog.rules.units.uppers import read_upper
from catalog.rules.units.words import DIVISION_LETTERS, KNOWN_DIVISIONS, LETTERS, VIET_CONG

BESIDE_NUMBER = {"arm", "noise", "foreign_arm", "nation", "province"}
ARM_KINDS = {"arm", "foreign_arm"}


def read_number(walk: ReadingState, token: Token) -> None:
    """Give the number at walk.at to the English word after it, or to the run of numbers it goes on, or leave it
    unread."""
    at = level_after(walk, walk.at)
    word, following = walk.token(at), walk.token(at + 1)
    own = following and following.kind == "num" and not following.hard and following.lang != "ordinal"
    # "9, Regiment 90": the word has a number of its own, unless that one has a word of its own.
    if at and word and not (own and token.lang != "ordinal" and not level_after(walk, at + 1)):
        between = walk.tokens[walk.at + 1 : at]
        walk.viet_cong |= any(one.plain in VIET_CONG for one in between)
        walk.province = next((one.value for one in between if one.kind == "province"), walk.province)
        arm = next((one.value for one in between if one.kind in ARM_KINDS), "")
        walk.at = at + 1
        if word.kind == "upper":
            read_upper(walk, word, _counted(token))
        else:
            walk.add(word, _counted(token), arm)
    elif not (walk.foreign and _regiment_by_arm(walk, token)) and not _goes_on(walk, token):
        walk.unread += 1


def level_after(walk: ReadingState, at: int) -> int:
    """Where the English level or upper word stands that the number at `at` counts; 0 where there is none."""
    at += 1
    while (beside := walk.token(at)) and not beside.hard and beside.kind in BESIDE_NUMBER:
        at += 1
    word = walk.token(at)
    named = word and not word.hard and word.kind in ("level", "upper") and word.lang == "en"
    return at if named else 0


def known_division(token: Token) -> bool:
    """Whether a bare number is that of a division."""
    if token.suffix:
        return token.suffix in DIVISION_LETTERS.get(token.value, "")
    return token.value in KNOWN_DIVISIONS


def _counted(token: Token) -> str:
    # 3d and 803d are ordinals; 325D is a division's letter.
    return token.value if token.suffix == "d" and token.value[-1] in "23" else token.value + token.suffix


def _regiment_by_arm(walk: ReadingState, token: Token) -> bool:
    """9th Marines, 7th Cavalry, 3/9 Marines: the arm alone means a regiment."""
    after, then = walk.token(walk.at + 1), walk.token(walk.at + 2)
    regiment = Token("level", "e", "", "")
    if after and then and after.kind == "num" and "/" in after.gap and then.kind in ARM_KINDS:
        walk.add(Token("level", "d", "", ""), token.value)
        walk.add(regiment, after.value, then.value)
        walk.at += 3
        return True
    if after and after.kind in ARM_KINDS and not after.hard:
        walk.add(regiment, token.value, after.value)
        walk.at += 2
        return True
    return False


def _goes_on(walk: ReadingState, token: Token) -> bool:
    """Numbers that go on from a level to a known division: e90/324, c3/9/90/324; and "Trung đoàn 90, 324B"."""
    last = walk.chain.last
    if not last or walk.at != walk.unit_end or last.level not in "bcde":
        return False
    run = [token]
    while (more := walk.token(walk.at + len(run))) and more.kind == "num" and more.gap.strip() in ("/", "-", "."):
        run.append(more)
    levels = LETTERS[LETTERS.index(last.level) + 1 :]
    close = token.gap.strip() in ("/", "-") or (token.gap.strip() in (",", "") and token.suffix != "")
    if len(run) != len(levels) or not close or not known_division(run[-1]):
        return False
    for level, number in zip(levels, run, strict=True):
        walk.chain.add(Part(level, number.value + number.suffix))
    walk.inferred = True
    walk.note("bare_numbers")
    walk.at += len(run)
    walk.unit_end = walk.at
    return True
