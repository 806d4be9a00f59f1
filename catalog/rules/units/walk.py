"""One pass over the tokens: each level is joined with its number, each arm, headquarters or region with its level."""

import re
from collections.abc import Callable

from catalog.rules.units.notation import Chain
from catalog.rules.units.numbers import level_after, read_number
from catalog.rules.units.state import ReadingState
from catalog.rules.units.tokens import UnitToken
from catalog.rules.units.uppers import read_upper
from catalog.rules.units.words import (
    GOING,
    LETTERS,
    LOCATORS,
    NOT_UNITS,
    OWN_NAMES,
    PLACE_BEFORE,
    VIET_CONG,
)

LIST_SEPARATOR = re.compile(r"[,;/\n|+]")


class Walk(ReadingState):
    """One pass over the tokens."""

    def run(self) -> "Walk":
        """Read every token. Returns itself."""
        readers: dict[str, Callable[[UnitToken], None]] = {
            "letter": self._read_level,
            "level": self._read_level,
            "num": self._read_number,
            "ordinal_word": self._read_number,
            "roman": self._read_number,
            "upper": self._read_upper,
            "arm": self._read_arm,
            "foreign_arm": self._read_arm,
            "hq": self._read_headquarters,
            "bo": self._read_headquarters,
            "attach": self._read_attachment,
            "code": self._read_code,
            "province": self._read_province,
            "noise": self._read_noise,
        }
        while token := self.token(self.position):
            before = self.position
            if "+" in token.gap and self.position:
                self._start_second_side()
            readers.get(token.kind, self._read_other)(token)
            self.position = max(self.position, before + 1)
        self.unread += bool(self._headquarters)
        return self

    def _read_level(self, token: UnitToken) -> None:
        before = self.token(self.position - 1)
        if token.kind == "letter" and before and before.plain.split()[-1:] and not token.hard:
            word = before.plain.split()[-1]
            if word in GOING and token.value == "b":
                return self._read_theatre(token)
            # Without marks "doi" is "đồi" (hill: "đồi A1") or "đội" ("bộ đội c3", soldiers of company 3).
            is_locator = word != "doi" or before.raw.lower().endswith("đồi")
            if is_locator and word in LOCATORS and before.kind in ("other", "joining", "noise", "position"):
                self.unread += 1
                self.position += 2
                return None
        if (
            self.foreign
            and token.value == "c"
            and before
            and len(before.raw) == 1
            and before.raw.isupper()
            and before.raw.isascii()
        ):
            self.position += 1
            return self.add(token, before.raw.lower())
        index, arm, headquarters = self._skip_fillers(self.position + 1)
        number = self.token(index)
        if number and self._may_be_number_of(token, number, index):
            value = (number.value or number.raw.lower()) + number.suffix
            self.position = index + 1
            if token.kind == "letter" and token.value + value in NOT_UNITS:
                self.unread += 1
                return None
            value += "" if number.suffix or token.value != "f" else self._spaced_suffix()
            glued = number.gap.strip(" ") != "" or number.gap == ""
            return self.add(token, value, arm, headquarters, glued)
        return self._read_level_without_number(token, index, headquarters)

    def _skip_fillers(self, index: int) -> tuple[int, str, bool]:
        """Skip arms and filler words between a level and its number. Returns the index after them, the arm, and whether
        a headquarters word was among them."""
        arm, headquarters = "", False
        while (following := self.token(index)) and not following.hard:
            if following.kind in ("bo", "hq"):
                headquarters = True
            elif following.kind in ("arm", "foreign_arm"):
                arm = following.value
            elif following.kind not in ("noise", "nation"):
                break
            index += 1
        return index, arm, headquarters

    def _may_be_number_of(self, level: UnitToken, number: UnitToken, index: int) -> bool:
        if number.hard:
            return False
        if number.kind in ("roman", "numeral"):
            following = self.token(index + 1)
            return level.kind == "level" and not (following and following.kind == "num" and not following.hard)
        if self.foreign and level.value == "c" and len(number.raw) == 1 and number.raw.isupper():
            return True
        if number.kind != "num":
            return False
        if number.lang == "ordinal" and level_after(self, index):
            return False
        # "b 1948" is a letter and a year.
        return level.kind != "letter" or number.gap == "" or not 1900 <= int(number.value) < 2000

    def _spaced_suffix(self) -> str:
        letter, following = self.token(self.position), self.token(self.position + 1)
        if not letter or letter.kind != "letter" or letter.gap not in (" ", "-") or not letter.raw.isupper():
            return ""
        if letter.value not in "abcd" or (following and following.kind == "num" and not following.hard):
            return ""
        self.position += 1
        return letter.value

    def _read_level_without_number(self, token: UnitToken, index: int, headquarters: bool) -> None:
        following = self.token(index)
        if following and not following.hard:
            if following.plain in ("truong", "pho") and following.raw.lower() in ("trưởng", "phó", "truong", "pho"):
                self.note("position_not_unit")
                self.unread += 1
                self.position = index + 1
                return
            if following.kind == "position" and token.kind == "level":
                self.unread += 1
                self.position = index
                return
        self.position = index
        if headquarters:
            self._headquarters = token.value
            return
        self.unread += 1
        if following and not following.hard and following.kind == "code":
            return
        if token.lang == "en" and following and not following.hard and len(following.raw) == 1:
            # "Company A": a letter that is no level, unless it has a number.
            number = self.token(index + 1)
            self.position += not (number and number.kind == "num" and not number.hard)
        # An English "a" or a single letter in a sentence is no level; between separators it is.
        is_alone = (token.hard or self.unit_end < 0) and (following is None or following.hard)
        if token.kind == "level" or (is_alone and token.value in LETTERS):
            self.note(f"level_without_number:{token.value}")

    def _read_theatre(self, token: UnitToken) -> None:
        number = self.token(self.position + 1)
        self.position += 1
        if number and number.kind == "num" and not number.hard and number.value in "12345":
            self.chain.add_upper("front", f"front:b{number.value}")
            self.position += 1
        self.unread += 1

    def _read_number(self, token: UnitToken) -> None:
        read_number(self, token)

    def _read_upper(self, token: UnitToken) -> None:
        self.position += 1
        read_upper(self, token)
        self.upper_end = self.position

    def _read_arm(self, token: UnitToken) -> None:
        self.position += 1
        index, _, _ = self._skip_fillers(self.position)
        following = self.token(index)
        has_level_after = following and not following.hard and following.kind in ("level", "letter")
        follows_level = self.position - 1 == self.unit_end and not LIST_SEPARATOR.search(token.gap)
        if has_level_after and following and following.lang == "en":
            self._arm = token.value
        elif follows_level:
            self.chain.amend(arm=token.value)
            self.unit_end = self.position
        elif has_level_after and following and following.value in "cd":
            # "trinh sát C21" is the company; "trinh sát e90" a scout of the regiment.
            self._arm = token.value
        elif not self.foreign:
            self.unread += 1

    def _read_headquarters(self, token: UnitToken) -> None:
        self.position += 1
        if self.position - 1 == self.unit_end and (
            not LIST_SEPARATOR.search(token.gap) or self.token(self.position) is None
        ):
            self.chain.amend(headquarters=True)
            self.unit_end = self.position
        elif token.kind == "hq":
            self._headquarters = "any"
        else:
            self.unread += 1

    def _read_attachment(self, token: UnitToken) -> None:
        self.position += 1
        self.passive |= token.value == "passive"
        self._start_second_side()

    def _start_second_side(self) -> None:
        self.note("attachment")
        if self.chain and len(self.sides) == 1:
            self.sides.append(Chain())
            self.unit_end = -1

    def _read_code(self, token: UnitToken) -> None:
        self.position += 1
        if token.value in OWN_NAMES:
            self.chain.tails.append(f"alias:{token.value}->{OWN_NAMES[token.value]}")
            self.note("cover_name")
            return
        if token.value not in NOT_UNITS:
            self.chain.tails.append(f"code:{token.value}?")
            self.note("unresolved_code", *(["ambiguous"] if token.value == "ct" or token.value[-1].isdecimal() else []))

    def _read_province(self, token: UnitToken) -> None:
        before, following = self.token(self.position - 1), self.token(self.position + 1)
        self.position += 1
        if self.position - 1 == self.upper_end and not LIST_SEPARATOR.search(token.gap):
            # "Mặt trận 4 Quảng Đà": part of the name of the front.
            return
        is_place = before and (
            before.kind == "other" or before.plain.split()[-1:] == [] or before.plain in PLACE_BEFORE
        )
        has_level_after = following and not following.hard and following.kind in ("level", "letter", "noise")
        follows_unit = self.chain.parts and not is_place
        if following and following.kind == "upper" and following.lang == "en" and not following.hard:
            return
        if (follows_unit or (has_level_after and not is_place)) and not self.province:
            self.province = token.value
        else:
            self.unread += 1

    def _read_noise(self, token: UnitToken) -> None:
        self.viet_cong |= token.plain in VIET_CONG
        if self.position == self.unit_end:
            self.unit_end += 1
        self.position += 1

    def _read_other(self, token: UnitToken) -> None:
        self.position += 1
        if token.kind == "place_code":
            self.note("place_code")
        elif token.kind == "position":
            self.note("position_not_unit")
        elif token.kind == "joining":
            return
        self.unread += 1
