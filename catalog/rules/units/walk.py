"""The walk along the tokens: each level looks for its number, each arm, headquarters or region for what it belongs
to."""

import re
from collections.abc import Callable

from catalog.rules.units.notation import Chain
from catalog.rules.units.numbers import level_after, read_number
from catalog.rules.units.state import ReadingState
from catalog.rules.units.tokens import Token
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

LISTED = re.compile(r"[,;/\n|+]")


class Walk(ReadingState):
    """One pass over the tokens."""

    def run(self) -> "Walk":
        """Read every token. Returns itself."""
        readers: dict[str, Callable[[Token], None]] = {
            "letter": self._level,
            "level": self._level,
            "num": self._number,
            "ordinal_word": self._number,
            "roman": self._number,
            "upper": self._upper,
            "arm": self._read_arm,
            "foreign_arm": self._read_arm,
            "hq": self._read_headquarters,
            "bo": self._read_headquarters,
            "attach": self._attach,
            "code": self._code,
            "province": self._province,
            "noise": self._noise,
        }
        while token := self.token(self.at):
            before = self.at
            if "+" in token.gap and self.at:
                self._part_sides()
            readers.get(token.kind, self._other)(token)
            self.at = max(self.at, before + 1)
        self.unread += bool(self._headquarters)
        return self

    def _level(self, token: Token) -> None:
        before = self.token(self.at - 1)
        if token.kind == "letter" and before and before.plain.split()[-1:] and not token.hard:
            word = before.plain.split()[-1]
            if word in GOING and token.value == "b":
                return self._went(token)
            # "đồi A1" is a hill; "bộ đội c3" are soldiers.
            hill = word != "doi" or before.raw.lower().endswith("đồi")
            if hill and word in LOCATORS and before.kind in ("other", "joining", "noise", "position"):
                self.unread += 1
                self.at += 2
                return None
        if (
            self.foreign
            and token.value == "c"
            and before
            and len(before.raw) == 1
            and before.raw.isupper()
            and before.raw.isascii()
        ):
            self.at += 1
            return self.add(token, before.raw.lower())
        at, arm, headquarters = self._beside(self.at + 1)
        number = self.token(at)
        if number and self._numbers(token, number, at):
            value = (number.value or number.raw.lower()) + number.suffix
            self.at = at + 1
            if token.kind == "letter" and token.value + value in NOT_UNITS:
                self.unread += 1
                return None
            value += "" if number.suffix or token.value != "f" else self._spaced_suffix()
            glued = number.gap.strip(" ") != "" or number.gap == "" or at > self.at
            return self.add(token, value, arm, headquarters, glued)
        return self._without_number(token, at, headquarters)

    def _beside(self, at: int) -> tuple[int, str, bool]:
        """The place after the arms and fillers that may part a level from its number, the arm, and whether bộ stood
        there."""
        arm, headquarters = "", False
        while (beside := self.token(at)) and not beside.hard:
            if beside.kind in ("bo", "hq"):
                headquarters = True
            elif beside.kind in ("arm", "foreign_arm"):
                arm = beside.value
            elif beside.kind not in ("noise", "nation"):
                break
            at += 1
        return at, arm, headquarters

    def _numbers(self, level: Token, number: Token, at: int) -> bool:
        if number.hard:
            return False
        if number.kind in ("roman", "numeral"):
            following = self.token(at + 1)
            return level.kind == "level" and not (following and following.kind == "num" and not following.hard)
        if self.foreign and level.value == "c" and len(number.raw) == 1 and number.raw.isupper():
            return True
        if number.kind != "num":
            return False
        if number.lang == "ordinal" and level_after(self, at):
            return False
        # "b 1948" is a letter and a year.
        return level.kind != "letter" or number.gap == "" or not 1900 <= int(number.value) < 2000

    def _spaced_suffix(self) -> str:
        letter, following = self.token(self.at), self.token(self.at + 1)
        if not letter or letter.kind != "letter" or letter.gap not in (" ", "-") or not letter.raw.isupper():
            return ""
        if letter.value not in "abcd" or (following and following.kind == "num" and not following.hard):
            return ""
        self.at += 1
        return letter.value

    def _without_number(self, token: Token, at: int, headquarters: bool) -> None:
        following = self.token(at)
        if following and not following.hard:
            if following.plain in ("truong", "pho") and following.raw.lower() in ("trưởng", "phó", "truong", "pho"):
                self.note("position_not_unit")
                self.unread += 1
                self.at = at + 1
                return
            if following.kind == "position" and token.kind == "level":
                self.unread += 1
                self.at = at
                return
        self.at = at
        if headquarters:
            self._headquarters = token.value
            return
        self.unread += 1
        if following and not following.hard and following.kind == "code":
            return
        if token.lang == "en" and following and not following.hard and len(following.raw) == 1:
            # "Company A": a letter that is no level, unless it has a number.
            number = self.token(at + 1)
            self.at += not (number and number.kind == "num" and not number.hard)
        # An English "a" or a stray letter in a sentence is no level; between separators it is.
        lone = (token.hard or self.unit_end < 0) and (following is None or following.hard)
        if token.kind == "level" or (lone and token.value in LETTERS):
            self.note(f"level_without_number:{token.value}")

    def _went(self, token: Token) -> None:
        number = self.token(self.at + 1)
        self.at += 1
        if number and number.kind == "num" and not number.hard and number.value in "12345":
            self.chain.add_upper("front", f"front:b{number.value}")
            self.at += 1
        self.unread += 1

    def _number(self, token: Token) -> None:
        read_number(self, token)

    def _upper(self, token: Token) -> None:
        self.at += 1
        read_upper(self, token)
        self.upper_end = self.at

    def _read_arm(self, token: Token) -> None:
        self.at += 1
        at, _, _ = self._beside(self.at)
        following = self.token(at)
        leads = following and not following.hard and following.kind in ("level", "letter")
        joined = self.at - 1 == self.unit_end and not LISTED.search(token.gap)
        if leads and following and following.lang == "en":
            self._arm = token.value
        elif joined:
            self.chain.amend(arm=token.value)
            self.unit_end = self.at
        elif leads and following and following.value in "cd":
            # "trinh sát C21" is the company; "trinh sát e90" a scout of the regiment.
            self._arm = token.value
        elif not self.foreign:
            self.unread += 1

    def _read_headquarters(self, token: Token) -> None:
        self.at += 1
        if self.at - 1 == self.unit_end and (not LISTED.search(token.gap) or self.token(self.at) is None):
            self.chain.amend(headquarters=True)
            self.unit_end = self.at
        elif token.kind == "hq":
            self._headquarters = "any"
        else:
            self.unread += 1

    def _attach(self, token: Token) -> None:
        self.at += 1
        self.passive |= token.value == "passive"
        self._part_sides()

    def _part_sides(self) -> None:
        self.note("attachment")
        if self.chain and len(self.sides) == 1:
            self.sides.append(Chain())
            self.unit_end = -1

    def _code(self, token: Token) -> None:
        self.at += 1
        if token.value in OWN_NAMES:
            self.chain.tails.append(f"alias:{token.value}->{OWN_NAMES[token.value]}")
            self.note("cover_name")
            return
        if token.value not in NOT_UNITS:
            self.chain.tails.append(f"code:{token.value}?")
            self.note("unresolved_code", *(["ambiguous"] if token.value == "ct" or token.value[-1].isdecimal() else []))

    def _province(self, token: Token) -> None:
        before, following = self.token(self.at - 1), self.token(self.at + 1)
        self.at += 1
        if self.at - 1 == self.upper_end and not LISTED.search(token.gap):
            # "Mặt trận 4 Quảng Đà": the front's own name.
            return
        place = before and (before.kind == "other" or before.plain.split()[-1:] == [] or before.plain in PLACE_BEFORE)
        leads = following and not following.hard and following.kind in ("level", "letter", "noise")
        unit = self.chain.parts and not place
        if following and following.kind == "upper" and following.lang == "en" and not following.hard:
            return
        if (unit or (leads and not place)) and not self.province:
            self.province = token.value
        else:
            self.unread += 1

    def _noise(self, token: Token) -> None:
        self.viet_cong |= token.plain in VIET_CONG
        if self.at == self.unit_end:
            self.unit_end += 1
        self.at += 1

    def _other(self, token: Token) -> None:
        self.at += 1
        if token.kind == "place_code":
            self.note("place_code")
        elif token.kind == "position":
            self.note("position_not_unit")
        elif token.kind == "joining":
            return
        self.unread += 1
