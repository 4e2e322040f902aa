"""The end of a process has a limit: what does not stop when it is asked to is cut off, before others kill it."""

from __future__ import annotations

import os
import threading

import structlog

STOP_LIMIT = 25.0
"""Longer than everything orderly takes: 5 seconds for requests, 10 for background work. Containers are usually
given 30."""

log = structlog.get_logger("linkroll.serving")


def end_within(seconds: float = STOP_LIMIT) -> None:
    """
    End the process with 1 when it still runs after so long.

    A thread of its own sees to it: what hangs may be the event loop.
    """
    timer = threading.Timer(seconds, _cut_off)
    timer.daemon = True
    timer.start()


def _cut_off() -> None:
    # Nothing is lost by it: what counts is in the database before it counts.
    log.error("did not stop in time, cut off")
    os._exit(1)
