"""Progress of a command on standard error: count, rate and time left, every two seconds."""

import time
from typing import Any

SECONDS_BETWEEN = 2.0


class Counter:
    """Reports progress; call it with the number of items done."""

    def __init__(self, stream: Any, total: int, what: str) -> None:
        """stream: the command's stderr; total: the number of items, 0 if unknown; what: their name in the plural."""
        self.stream = stream
        self.total = total
        self.what = what
        self.began = self._said = time.monotonic()

    def __call__(self, done: int) -> None:
        """Write the progress, at most every two seconds."""
        now = time.monotonic()
        if now - self._said < SECONDS_BETWEEN:
            return
        self._said = now
        rate = done / (now - self.began)
        left = f", {seconds_in_words((self.total - done) / rate)} left" if self.total > done and rate else ""
        of_total = f" of {self.total:,}" if self.total else ""
        speed = f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.1f} a minute"
        self.stream.write(f"{done:,}{of_total} {self.what}, {speed}{left}")

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began


def seconds_in_words(seconds: float) -> str:
    """A time in words: 45 s, 3 min 20 s, 2 h 5 min."""
    rounded = round(seconds)
    if rounded < 60:
        return f"{rounded} s"
    return (
        f"{rounded // 60} min {rounded % 60} s" if rounded < 3600 else f"{rounded // 3600} h {rounded % 3600 // 60} min"
    )
