"""The days that a call for insights is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from linkroll_sandbox.clock import DAY
from linkroll_sandbox.content.days import day_of, days_from, start_of
from linkroll_sandbox.meta.errors import GraphError


@dataclass(frozen=True)
class Window:
    """From *since* to *until*, in Unix seconds."""

    since: float
    until: float

    @property
    def days(self) -> list[date]:
        """
        The Pacific days that begin in the window [inference].

        Whether a caller sends dates, UTC midnights or Pacific midnights, "from the 20th to the 21st"
        is the 20th.
        """
        first = day_of(self.since)
        if start_of(first) < self.since:
            first += timedelta(days=1)
        return days_from(first, day_of(self.until - 1))


def window(since: str | None, until: str | None, now: float) -> Window:
    """
    The window of a call. Raises code 100 for text that is no time, and for an empty window.

    Without either it is the last day that is over: the sheet says "last 24 h", which is a part of two.
    """
    if since is None and until is None:
        today = day_of(now)
        return Window(start_of(today - timedelta(days=1)), start_of(today))
    end = now if until is None else moment(until, "until")
    begin = end - DAY if since is None else moment(since, "since")
    if begin >= end:
        raise GraphError(100, "(#100) since param is not before until param")
    return Window(begin, end)


def moment(text: str, name: str) -> float:
    """Unix seconds, or a date, which is the Pacific midnight that begins it [inference]."""
    if text.isascii() and text.isdigit() and len(text) < 12:
        return float(text)
    try:
        if len(text) == len("2026-05-17"):
            return start_of(date.fromisoformat(text))
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=read.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise GraphError(100, f"(#100) Param {name} must be a valid date/time or a unix timestamp") from error
