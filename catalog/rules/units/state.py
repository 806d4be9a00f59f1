"""Where a reading of unit words stands: the tokens, how far they are read, and what was found."""

from catalog.rules.units.notation import Chain, Part
from catalog.rules.units.tokens import Token


class ReadingState:
    """What every step of the walk reads and changes. at: the token that is read; sides: the chains left and right of an
    attachment; unread: how many tokens no rule took; unit_end, upper_end: the place after the last level and the last
    upper word."""

    def __init__(self, tokens: list[Token], foreign: bool = False) -> None:
        """Tokens of the whole text; foreign: a stop sign was met, so arms may stand for a regiment."""
        self.tokens, self.foreign, self.at = tokens, foreign, 0
        self.sides = [Chain()]
        self.passive = False
        self.notes: list[str] = []
        self.unread = 0
        self.viet_cong = False
        self.inferred = False
        self.province = ""
        self.unit_end = self.upper_end = -1
        self._arm, self._headquarters = "", ""
        self._done = -1

    @property
    def chain(self) -> Chain:
        """The chain being read."""
        return self.sides[-1]

    def token(self, at: int) -> Token | None:
        """The token at a place, None outside."""
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def note(self, *notes: str) -> None:
        """Remember what the reader should know, once."""
        self.notes += [note for note in notes if note not in self.notes]

    def add(self, token: Token, number: str, arm: str = "", headquarters: bool = False, glued: bool = True) -> None:
        """Add the level of `token` with its `number` to the chain, with the arm and the headquarters read before it."""
        wanted = self._headquarters in (token.value, "any")
        if wanted:
            self._headquarters = ""
        part = Part(token.value, number, arm or self._arm, headquarters or wanted, token.kind == "level", glued)
        self._arm = ""
        self.chain.add(part)
        self.unit_end = self.at
