"""
Work that must not be cut off in the middle, whoever waits for it: a new pair of tokens that is not written
down yet exists nowhere else, and the platform has forgotten the old one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

_under_way: set[asyncio.Task[None]] = set()


async def to_its_end(work: Coroutine[None, None, None]) -> None:
    """Do *work*, and go on with it also when the caller is cancelled."""
    task = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_forget)
    await asyncio.shield(task)


def _forget(task: asyncio.Task[None]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        # Read, so that nobody complains when the caller is gone.
        task.exception()


async def all_done(seconds: float) -> None:
    """Wait for what is under way; a process must do so before it ends. For *seconds* at most."""
    ours = [task for task in _under_way if task.get_loop() is asyncio.get_running_loop()]
    if ours:
        await asyncio.wait(ours, timeout=seconds)
