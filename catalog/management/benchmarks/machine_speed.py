"""How fast the machine is at this moment: on a shared one the same work takes up to half as long again from one minute
to the next."""

import time

STEPS = 5_000_000


def machine_speed() -> str:
    """What a fixed piece of work takes now, to be said beside figures: they compare only where this is alike."""
    began, total = time.perf_counter(), 0
    for number in range(STEPS):
        total += number * number
    return f"(five million squares added up in {time.perf_counter() - began:.2f} s)"
