"""
How much each caller may ask for in a time, counted in what operations cost rather than in requests.

A bucket a caller, and one an address for those without a key. It fills steadily up to its size; an operation
is let in while anything is left, and may take the bucket below nothing: so the most expensive operation is
never out of reach, it only makes its caller wait the longer.

Kept in this process. What it guards is this process's own event loop, and a count shared through the database
would cost every small query a write. Behind several servers a caller may ask each of them as much.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

REMEMBERED = 10_000
"""Buckets kept. The one that was used longest ago goes first: it is the fullest, so little is forgotten."""
BURST_SECONDS = 30
"""How many seconds' worth a full bucket holds."""
HEAVY = 2_000
"""Operations from this cost on take turns with the others of their caller."""
AT_ONCE = 50_000
"""What the heavy operations of one caller may cost together at a time, so that no caller fills the event loop."""


class TooMuch(Exception):
    """The caller asked for more than its share; in *retry_after* seconds something is left again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(slots=True)
class Bucket:
    """What one caller has left, and the cost of its heavy operations that run."""

    left: float
    at: float
    running: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)


class RateLimits:
    """The buckets of one kind of caller. *per_second* 0 means no limit."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def admit(self, caller: str) -> None:
        """Let *caller* in; `TooMuch` while nothing is left."""
        if self._rate and (bucket := self._bucket(caller)).left <= 0:
            raise TooMuch(max(1, math.ceil((1 - bucket.left) / self._rate)))

    def charge(self, caller: str, cost: int) -> None:
        """Take *cost* out of the caller's bucket."""
        if self._rate:
            self._bucket(caller).left -= cost

    @contextlib.asynccontextmanager
    async def turn(self, caller: str, cost: int) -> AsyncIterator[None]:
        """Wait until a heavy operation of this caller may run, and hold its place while it does."""
        bucket = self._bucket(caller)
        async with bucket.changed:
            await bucket.changed.wait_for(lambda: not bucket.running or bucket.running + cost <= AT_ONCE)
            bucket.running += cost
        try:
            yield
        finally:
            bucket.running -= cost
            async with bucket.changed:
                bucket.changed.notify_all()

    def _bucket(self, caller: str) -> Bucket:
        now, full = self._clock(), float(self._rate * BURST_SECONDS)
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = Bucket(full, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(caller)
        bucket.left = min(full, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        return bucket
