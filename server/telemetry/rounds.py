"""Rounds of background work, counted, timed and traced."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from server.telemetry.metrics import ROUND_SECONDS, ROUNDS
from server.telemetry.traces import span


@contextlib.contextmanager
def observed(chore: str) -> Iterator[None]:
    """Count, time and trace one round of a chore."""
    outcome, started = "failed", time.perf_counter()
    try:
        with span(f"chore {chore}"):
            yield
        outcome = "done"
    finally:
        ROUNDS.labels(chore, outcome).inc()
        ROUND_SECONDS.labels(chore).observe(time.perf_counter() - started)
