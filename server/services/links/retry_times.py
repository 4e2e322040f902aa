"""When to try again what did not succeed."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_TOLD = timedelta(days=2)
"""How long to wait at most because a platform says so."""
TOO_FAR = 1.5 * LONGEST_TOLD
"""Nothing here waits for longer. A time that lies farther ahead comes from a clock that was set back since."""


def waiting_time(failures: int, retry_after: float | None = None) -> timedelta:
    """How long to wait after so many failures: doubling, with jitter, and no less than the platform said."""
    doubled = min(FIRST_WAIT * 2 ** min(failures, 20), LONGEST_WAIT)
    jittered: timedelta = doubled * random.uniform(0.7, 1.3)  # noqa: S311  (spreads retries, guards nothing)
    told = timedelta(seconds=min(max(retry_after or 0, 0), LONGEST_TOLD.total_seconds()))
    spread: timedelta = told * random.uniform(1, 1.1)  # noqa: S311
    return max(jittered, spread)
