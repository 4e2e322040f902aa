"""How long Google wants to be left alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from linkroll_sdk import Response


def california() -> tzinfo:
    """
    California's clock, by which Google counts days (sheet 3, confirmed; sheet 4, recalled).

    Where the machine has no time-zone database it is the winter clock: an hour late in summer, never early.
    """
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        return timezone(timedelta(hours=-8))


def until_new_quota(now: datetime) -> float:
    """Seconds from *now* (aware UTC) until the daily quota is new, at midnight in California."""
    clock = california()
    tomorrow = now.astimezone(clock).date() + timedelta(days=1)
    # Two clocks are told apart by UTC: the day when this one changes has 23 or 25 hours.
    return (datetime.combine(tomorrow, time(), clock) - now).total_seconds()


def retry_after(response: Response) -> float | None:
    """The seconds that an answer asks to wait; None when it does not say."""
    value = response.headers.get("retry-after", "").strip()
    return float(value) if re.fullmatch(r"[0-9]{1,6}", value) else None


def answered_at(response: Response) -> datetime | None:
    """When an answer was given, by its own date; None without one."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).replace(tzinfo=UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
