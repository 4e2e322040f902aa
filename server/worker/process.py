"""`linkroll worker`: background work in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

from server.serving import open_ready_host
from server.settings import Settings
from server.worker.housekeeping import keep_house


async def work(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_ready_host(settings) as (host, _):
        house = asyncio.create_task(keep_house(host))
        print("working; Ctrl-C stops", file=sys.stderr, flush=True)
        await stop.wait()
        house.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await house
