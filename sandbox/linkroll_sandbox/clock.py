"""The one clock of the sandbox: real time plus an offset that a test may move."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = 86_400
HOUR = 3_600
MINUTE = 60


@dataclass
class Clock:
    """Everything that has an age in the sandbox asks this clock, never the machine's."""

    offset_seconds: float = 0.0
    _before: float = 0.0
    _holds_until: float = 0.0

    def now(self) -> float:
        """Unix time in the sandbox."""
        real = time.time()
        return real + (self._before if real < self._holds_until else self.offset_seconds)

    def today(self) -> datetime:
        """The same moment as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, step: timedelta, announced: float = 0.0) -> None:
        """Move on (or back) by *step*."""
        self.move(self.offset_seconds + step.total_seconds(), announced)

    def move(self, offset_seconds: float, announced: float = 0.0) -> None:
        """
        Be *offset_seconds* from real time, and say so from now on; but be so only *announced* seconds later.

        linkroll follows by asking twice a second. A platform that is days ahead of it meanwhile would refuse
        what it ends in the same moment, and a platform's word outlives a date.
        """
        now = time.time()
        self._before, self._holds_until = self.now() - now, now + announced
        self.offset_seconds = offset_seconds
