"""Time travel: the sandbox's clock moved, and every server's with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from support.sandbox import Sandbox

from server.host import Host


class HasHost(Protocol):
    """A running server."""

    host: Host


async def travel(sandbox: Sandbox, *servers: HasHost, **by: float) -> None:
    """Let time pass (`days=91`), at the platforms and on *servers* alike, at once."""
    moved = await sandbox.control("POST", "clock/advance", by)
    for server in servers:
        # They would follow by themselves, half a second later.
        server.host.clock.offset = timedelta(seconds=moved["offset_seconds"])
