"""Numbers without a level word before them: "90th Regiment", "9th Marines", "e90/324"."""

from catalog.rules.units.notation import Part
from catalog.rules.units.state import ReadingState
from catalog.rules.units.tokens import UnitToken
from catalog.rules.units.uppers import read_upper
from catalog.rules.units.words import DIVISION_LETTERS, KNOWN_DIVISIONS, LETTERS, VIET_CONG

MAY_FOLLOW_NUMBER = {"arm", "noise", "foreign_arm", "nation", "province"}
ARM_KINDS = {"arm", "foreign_arm"}


def read_number(walk: ReadingState, token: UnitToken) -> None:
    """Assign the number at walk.position to the English word after it, or to the run of numbers that it continues, or
    leave it unread."""
    index = level_after(walk, walk.position)
    word, following = walk.token(index), walk.token(index + 1)
    has_own_number = following and following.kind == "num" and not following.hard and following.lang != "ordinal"
    # "9, Regiment 90": the word has a number of its own, unless that number has a word of its own.
    if index and word and not (has_own_number and token.lang != "ordinal" and not level_after(walk, index + 1)):
        between = walk.tokens[walk.position + 1 : index]
        walk.viet_cong |= any(between_token.plain in VIET_CONG for between_token in between)
        walk.province = next(
            (between_token.value for between_token in between if between_token.kind == "province"), walk.province
        )
        arm = next((between_token.value for between_token in between if between_token.kind in ARM_KINDS), "")
        walk.position = index + 1
        if word.kind == "upper":
            read_upper(walk, word, _number_of(token))
        else:
            walk.add(word, _number_of(token), arm)
    elif not (walk.foreign and _regiment_by_arm(walk, token)) and not _continues_run(walk, token):
        walk.unread += 1


def level_after(walk: ReadingState, index: int) -> int:
    """The index of the English level or upper word to which the number at `index` belongs; 0 if there is none."""
    index += 1
    while (following := walk.token(index)) and not following.hard and following.kind in MAY_FOLLOW_NUMBER:
        index += 1
    word = walk.token(index)
    is_level_word = word and not word.hard and word.kind in ("level", "upper") and word.lang == "en"
    return index if is_level_word else 0


def known_division(token: UnitToken) -> bool:
    """Whether a number without a level word is that of a known division."""
    if token.suffix:
        return token.suffix in DIVISION_LETTERS.get(token.value, "")
    return token.value in KNOWN_DIVISIONS


def _number_of(token: UnitToken) -> str:
    # 3d and 803d are ordinals; 325D is a division's letter.
    return token.value if token.suffix == "d" and token.value[-1] in "23" else token.value + token.suffix


def _regiment_by_arm(walk: ReadingState, token: UnitToken) -> bool:
    """Read 9th Marines, 7th Cavalry, 3/9 Marines: the arm alone means a regiment. Returns whether it was one."""
    following, second = walk.token(walk.position + 1), walk.token(walk.position + 2)
    regiment = UnitToken("level", "e", "", "")
    if following and second and following.kind == "num" and "/" in following.gap and second.kind in ARM_KINDS:
        walk.add(UnitToken("level", "d", "", ""), token.value)
        walk.add(regiment, following.value, second.value)
        walk.position += 3
        return True
    if following and following.kind in ARM_KINDS and not following.hard:
        walk.add(regiment, token.value, following.value)
        walk.position += 2
        return True
    return False


def _continues_run(walk: ReadingState, token: UnitToken) -> bool:
    """Read numbers that continue from a level up to a known division: e90/324, c3/9/90/324, "Trung đoàn 90, 324B".
    Returns whether they did."""
    last = walk.chain.last
    if not last or walk.position != walk.unit_end or last.level not in "bcde":
        return False
    run = [token]
    while (
        (following := walk.token(walk.position + len(run)))
        and following.kind == "num"
        and following.gap.strip() in ("/", "-", ".")
    ):
        run.append(following)
    levels = LETTERS[LETTERS.index(last.level) + 1 :]
    is_close = token.gap.strip() in ("/", "-") or (token.gap.strip() in (",", "") and token.suffix != "")
    if len(run) != len(levels) or not is_close or not known_division(run[-1]):
        return False
    for level, number in zip(levels, run, strict=True):
        walk.chain.add(Part(level, number.value + number.suffix))
    walk.inferred = True
    walk.note("bare_numbers")
    walk.position += len(run)
    walk.unit_end = walk.position
    return True
