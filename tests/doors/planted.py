"""Words that no language has, each planted where somebody may not see it, and the keys of what holds them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.doors.roles import Role, Rule


@dataclass(frozen=True)
class Secret:
    """state: what is hidden. word: found nowhere else. seen: who may see it. ids: other texts that tell of it, such as
    image identifiers. asked: whether it is worth asking the searching doors for it."""

    state: str
    word: str
    seen: Rule
    ids: tuple[str, ...] = ()


def words() -> Iterator[str]:
    """Words that no language has, far from each other, always the same ones."""
    dice = random.Random(13)
    while True:
        yield "z" + "".join(dice.choice("bcdfghklmnprstv") + dice.choice("aeiou") for _ in range(5))


@dataclass
class Planted:
    """What was planted. rows: of each model, the keys used in addresses, with the secret they belong to ('' for what
    everybody sees)."""

    secrets: list[Secret] = field(default_factory=list)
    rows: dict[str, dict[Any, str]] = field(default_factory=dict)
    word: Iterator[str] = field(default_factory=words)

    def secret(self, state: str, rule: Rule, *ids: str, word: str = "") -> Secret:
        """A new one."""
        secret = Secret(state, word or next(self.word), rule, ids)
        self.secrets.append(secret)
        return secret

    def tell(self, state: str, *ids: str) -> None:
        """More that tells of a state."""
        number = next(place for place, secret in enumerate(self.secrets) if secret.state == state)
        item = self.secrets[number]
        self.secrets[number] = Secret(item.state, item.word, item.seen, (*item.ids, *ids))

    def note(self, kind: str, key: Any, state: str = "") -> None:
        """A key that is used in addresses."""
        self.rows.setdefault(kind, {}).setdefault(key, state)

    def hidden(self, role: Role) -> list[Secret]:
        """What the role must not see."""
        return [secret for secret in self.secrets if not secret.seen(role)]
