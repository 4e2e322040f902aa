"""Time travel: the sandbox's clock moved, and every server's with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from server.host import Host
from support.sandbox import Sandbox

Travel = Callable[..., Awaitable[None]]
"""`await travel(days=91)`: later, where a test has but one server to take along."""


class HasHost(Protocol):
    """A running server."""

    host: Host


async def travel(sandbox: Sandbox, *servers: HasHost, **by: float) -> None:
    """Let time pass (`days=91`), at the platforms and on *servers* alike, at once."""
    moved = await sandbox.control("POST", "clock/advance", by)
    for server in servers:
        # They would follow by themselves, half a second later.
        server.host.clock.offset = timedelta(seconds=moved["offset_seconds"])
