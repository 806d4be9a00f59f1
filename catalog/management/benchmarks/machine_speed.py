"""The present speed of the machine: on a shared one the same work may take half as long again a minute later."""

import time

STEPS = 5_000_000


def machine_speed() -> str:
    """How long a fixed piece of work takes now, to be printed with figures: only those with a similar time compare."""
    began, total = time.perf_counter(), 0
    for number in range(STEPS):
        total += number * number
    return f"(five million squares added up in {time.perf_counter() - began:.2f} s)"
