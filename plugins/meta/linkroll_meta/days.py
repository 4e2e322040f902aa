"""
Meta's calendar: a day ends at midnight in California, so a point "of 07:00 UTC" is about the day before.

That series points end at 07:00 or 08:00 UTC is confirmed for Instagram (meta sheet 4.1) and shows in the
Pages' samples (meta sheet 9); that Pages keep the same days is an inference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
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
    """
    A moment in any of Meta's spellings: `2026-05-17T16:24:04+0000`, or Unix seconds as number or text.

    None for what is none, and for 1970: a value that "ends" then is not counted yet (meta sheet 4.5, confirmed).
    """
    try:
        if isinstance(value, str) and not value.isdecimal():
            found = datetime.fromisoformat(value)
        elif isinstance(value, bool):
            return None
        else:
            found = datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo and found.year > 1970 else None
