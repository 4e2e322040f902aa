"""
The windows that platforms count requests in, as our counters keep them. Pure.

A sliding window is kept as two fixed ones: what was used in the present one, and the part of the one before
that still lies within the window's length, as if it had been spread evenly. That is off by little and needs
two numbers instead of a list of moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from linkroll_sdk import Window

PACIFIC = ZoneInfo("America/Los_Angeles")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LENGTHS = {
    Window.MINUTE: timedelta(minutes=1),
    Window.HOUR: timedelta(hours=1),
    Window.DAY: timedelta(days=1),
    Window.PACIFIC_DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The present window: from *start* to *end*. *before* is the start of the last one."""

    start: datetime
    end: datetime
    before: datetime
    slides: bool

    def weight(self, now: datetime) -> float:
        """Which part of the last window's use still counts."""
        return (self.end - now) / (self.end - self.start) if self.slides else 0.0


def span_at(window: Window, now: datetime) -> Span:
    """The window that *now* lies in."""
    if window is Window.PACIFIC_DAY:
        return _pacific_day(now)
    length = LENGTHS[window]
    start = now - (now - EPOCH) % length
    return Span(start, start + length, start - length, True)


def _pacific_day(now: datetime) -> Span:
    """The calendar day in California; it has 23 or 25 hours when the clocks change."""
    today = now.astimezone(PACIFIC).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    # Local arithmetic: a day later is the next midnight, however many hours lie between.
    days = (today - timedelta(days=1), today, today + timedelta(days=1))
    before, start, end = (moment.astimezone(UTC) for moment in days)
    return Span(start, end, before, False)


def estimate(used: float, previous: float, span: Span, now: datetime) -> float:
    """What counts as used at *now*."""
    return used + previous * span.weight(now)


def room_at(used: float, previous: float, cap: float, need: float, span: Span, now: datetime) -> datetime:
    """When *need* more will fit under *cap*, if nothing else is used meanwhile."""
    if not span.slides:
        return span.end
    length = span.end - span.start
    if used + need <= cap and previous > 0:
        # The last window's part wears off within this window.
        return max(now, span.end - length * ((cap - need - used) / previous))
    if need > cap or used <= 0:
        return span.end + length
    return span.end + length * max(0.0, 1 - (cap - need) / used)
