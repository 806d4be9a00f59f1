"""Progress of a command on standard error: count, rate and time left, every two seconds."""

import time
from typing import Any

EVERY = 2.0


class Counter:
    """Call it with how many are done."""

    def __init__(self, stream: Any, total: int, what: str) -> None:
        """stream: a command's stderr; total: of how many, 0 where unknown; what: their name."""
        self.stream = stream
        self.total = total
        self.what = what
        self.began = self._said = time.monotonic()

    def __call__(self, done: int) -> None:
        """Say how far, every two seconds at most."""
        now = time.monotonic()
        if now - self._said < EVERY:
            return
        self._said = now
        rate = done / (now - self.began)
        left = f", {seconds_in_words((self.total - done) / rate)} left" if self.total > done and rate else ""
        of = f" of {self.total:,}" if self.total else ""
        pace = f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.1f} a minute"
        self.stream.write(f"{done:,}{of} {self.what}, {pace}{left}")

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self.began


def seconds_in_words(seconds: float) -> str:
    """45 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
