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

    def now(self) -> float:
        """Unix time in the sandbox."""
        return time.time() + self.offset_seconds

    def today(self) -> datetime:
        """The same moment as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, step: timedelta) -> None:
        """Move on (or back) by *step*."""
        self.offset_seconds += step.total_seconds()
