"""The state while the tokens of a unit are read: the tokens, the current position, and what was read so far."""

from catalog.rules.units.notation import Chain, Part
from catalog.rules.units.tokens import UnitToken


class ReadingState:
    """The state that every step of the walk reads and changes. position: index of the current token; sides: the chains
    left and right of an attachment; unread: how many tokens no rule understood; unit_end, upper_end: the index after
    the last level and after the last upper name."""

    def __init__(self, tokens: list[UnitToken], foreign: bool = False) -> None:
        """tokens: of the complete text; foreign: there is a stop sign, so an arm alone may mean a regiment."""
        self.tokens, self.foreign, self.position = tokens, foreign, 0
        self.sides = [Chain()]
        self.passive = False
        self.notes: list[str] = []
        self.unread = 0
        self.viet_cong = False
        self.inferred = False
        self.province = ""
        self.unit_end = self.upper_end = -1
        self._arm, self._headquarters = "", ""

    @property
    def chain(self) -> Chain:
        """The chain being read."""
        return self.sides[-1]

    def token(self, index: int) -> UnitToken | None:
        """The token at an index, None outside."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def note(self, *notes: str) -> None:
        """Add notes to the reading, each once."""
        self.notes += [note for note in notes if note not in self.notes]

    def add(self, token: UnitToken, number: str, arm: str = "", headquarters: bool = False, glued: bool = True) -> None:
        """Add the level of `token` with its `number` to the chain, with an arm or headquarters that came before it."""
        is_headquarters = self._headquarters in (token.value, "any")
        if is_headquarters:
            self._headquarters = ""
        part = Part(
            token.value, number, arm or self._arm, headquarters or is_headquarters, token.kind == "level", glued
        )
        self._arm = ""
        self.chain.add(part)
        self.unit_end = self.position
