"""Working off what is due in the tables, for a while, several at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

T = TypeVar("T")

SECONDS = 45.0
"""Shorter than the time between two rounds of a busy chore may be: who comes late finds less to do."""
AT_ONCE = 8

log = structlog.get_logger("linkroll.worker")


async def in_rounds(
    claim: Callable[[int], Awaitable[Sequence[T]]],
    work: Callable[[T], Awaitable[None]],
    *,
    at_once: int = AT_ONCE,
    seconds: float = SECONDS,
) -> int:
    """
    Claim a few, work them off side by side, and again, until nothing is due or the time is over; how many.

    One that fails is logged and hurts no other: what is due stands in the tables and comes again.
    """
    done, until = 0, time.monotonic() + seconds
    while time.monotonic() < until and (batch := await claim(4 * at_once)):
        gate = asyncio.Semaphore(at_once)
        await asyncio.gather(*(_work_one(gate, work, item) for item in batch))
        done += len(batch)
    return done


async def _work_one(gate: asyncio.Semaphore, work: Callable[[T], Awaitable[None]], item: T) -> None:
    async with gate:
        try:
            await work(item)
        # The edge of one piece of work: the others go on.
        except Exception as error:
            log.error("work failed", item=str(item), exc_info=error)
