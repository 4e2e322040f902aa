"""`linkroll worker`: background work in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator

from server.clock import Clock
from server.sandbox_link import follow_clock
from server.serving import open_ready_host
from server.settings import Settings
from server.stopping import end_within
from server.telemetry.listener import telling
from server.worker.queue import working


async def work(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _end, stop)
    async with contextlib.AsyncExitStack() as stack:
        host, url = await stack.enter_async_context(open_ready_host(settings))
        if settings.sandbox_url:
            await stack.enter_async_context(_following(settings.sandbox_url, host.clock))
        await stack.enter_async_context(working(host, settings.listen_url or url))
        if (metrics := await stack.enter_async_context(telling(host))) is not None:
            print(f"metrics {metrics}", file=sys.stderr, flush=True)
        print("working; Ctrl-C stops", file=sys.stderr, flush=True)
        await stop.wait()


def _end(stop: asyncio.Event) -> None:
    end_within()
    stop.set()


@contextlib.asynccontextmanager
async def _following(sandbox_url: str, clock: Clock) -> AsyncIterator[None]:
    """Keep the sandbox's time while this lasts."""
    task = asyncio.create_task(follow_clock(sandbox_url, clock))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
