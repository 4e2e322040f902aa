"""The server's clock: real time, plus what the sandbox adds when a developer travels in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time in aware UTC. `offset` is zero outside the sandbox."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """The present moment by this clock."""
        return datetime.now(UTC) + self.offset
