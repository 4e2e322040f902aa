"""Time on a chart: which days are asked for, and the periods that they make. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, timedelta

USUAL_DAYS = 28
MAX_DAYS = 1100
"""Three years and a bit."""

DAY = timedelta(days=1)


class Granularity(enum.StrEnum):
    """How long the periods of a series are."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    READING = "READING"
    """No periods: every reading by itself."""


class BadWindow(ValueError):
    """The days that were asked for make no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from *first* to *last*, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a chart, both ends included. With `WEEK` and `MONTH` they are whole weeks and months."""

    granularity: Granularity
    since: date
    until: date

    @classmethod
    def of(cls, granularity: Granularity, since: date | None, until: date | None, today: date) -> Window:
        """The window that was asked for: by default four weeks up to *today*. Raises `BadWindow`."""
        until = until or today
        if since is None and until.toordinal() < USUAL_DAYS:
            raise BadWindow("`to` lies before all time.")
        since = since or until - (USUAL_DAYS - 1) * DAY
        if since > until:
            raise BadWindow("`from` lies behind `to`.")
        if (until - since).days >= MAX_DAYS:
            raise BadWindow(f"`from` and `to` may lie at most {MAX_DAYS} days apart.")
        try:
            return cls(granularity, _first(granularity, since), _last(granularity, until))
        except OverflowError:
            raise BadWindow("`to` lies behind all time.") from None

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.until - self.since).days + 1

    def periods(self) -> list[Period]:
        """The periods, in order, without a gap."""
        found, first = [], self.since
        while first <= self.until:
            last = _last(self.granularity, first)
            found.append(Period(first, last))
            if last == date.max:
                break
            first = last + DAY
        return found


def _first(granularity: Granularity, day: date) -> date:
    """The first day of the period that *day* lies in. Weeks begin on Mondays (ISO 8601)."""
    match granularity:
        case Granularity.WEEK:
            return day - day.weekday() * DAY
        case Granularity.MONTH:
            return day.replace(day=1)
        case _:
            return day


def _last(granularity: Granularity, day: date) -> date:
    match granularity:
        case Granularity.WEEK:
            return _first(granularity, day) + 6 * DAY
        case Granularity.MONTH:
            return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
        case _:
            return day
