"""
The Pacific calendar, by which Meta and YouTube count their days.

A day ends at 08:00 UTC, in summer at 07:00 (meta sheet 4.1, confirmed). The rule is written out
because not every machine that runs the sandbox has a time zone database.
"""

from datetime import UTC, date, datetime, time, timedelta

from linkroll_sandbox.clock import HOUR

ZONE = "America/Los_Angeles"
#: Where the sandbox's schedules begin and its counters stand at what the cast says.
BEGINNING = date(2026, 1, 1)


def start_of(day: date) -> float:
    """The moment at which the Pacific *day* begins."""
    midnight = datetime.combine(day, time(), UTC).timestamp()
    return midnight + (7 if _is_summer(day) else 8) * HOUR


def end_of(day: date) -> float:
    """The moment at which the Pacific *day* ends."""
    return start_of(day + timedelta(days=1))


def day_of(at: float) -> date:
    """The Pacific day of a moment."""
    day = datetime.fromtimestamp(at - 8 * HOUR, UTC).date()
    return day if at < end_of(day) else day + timedelta(days=1)


def part_gone(at: float) -> float:
    """How much of its day has gone at that moment, from 0 to 1."""
    start = start_of(day_of(at))
    return (at - start) / (end_of(day_of(at)) - start)


def number_of(day: date) -> int:
    """Days since the beginning."""
    return (day - BEGINNING).days


def days_from(first: date, last: date) -> list[date]:
    """Every day from *first* to *last*, both included."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def iso(at: float) -> str:
    """A moment as text, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _is_summer(day: date) -> bool:
    """Whether midnight of *day* is in summer time, which changes at two in the morning of a Sunday."""
    return _sunday(day.year, 3, 2) < day <= _sunday(day.year, 11, 1)


def _sunday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))
