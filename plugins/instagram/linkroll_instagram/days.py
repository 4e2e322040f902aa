"""
Meta's calendar: a day ends at midnight in California, so a point "of 07:00 UTC" is about the day before
(meta sheet 4.1, confirmed).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
DAY = timedelta(days=1)


def start_of(day: date) -> datetime:
    """When *day* begins in Meta's calendar (aware)."""
    return datetime.combine(day, time(), PACIFIC)


def day_ending(moment: datetime) -> date:
    """The day that a point with this `end_time` is about. Half a day of slack, should the hour be off."""
    return (moment - DAY / 2).astimezone(PACIFIC).date()


def days_between(since: date, until: date) -> list[date]:
    """Each day from *since* to *until*, both included."""
    return [since + DAY * n for n in range((until - since).days + 1)]


def chunks(days: Sequence[date], most: int) -> list[tuple[date, date]]:
    """First and last of each stretch of at most *most* of the *days*."""
    stretches = [days[at : at + most] for at in range(0, len(days), most)]
    return [(stretch[0], stretch[-1]) for stretch in stretches]


def read_time(value: Any) -> datetime | None:
    """A moment such as `2026-05-17T16:24:04+0000`; None for what is none. 1970 stands for "not yet"."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo and found.year > 1970 else None
