"""Waits for another process, with a time limit."""

import time
from collections.abc import Callable


def eventually(check: Callable[[], object], seconds: float = 10.0, every: float = 0.05):
    """Calls `check` until it returns something true or `seconds` pass; returns its last value."""
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(every)
