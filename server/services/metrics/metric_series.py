"""
From readings to the points of a chart: one for every period, with null exactly where there is no number.

Pure. A period of several days adds up what may be added up (`Metric.additive` of a `DAY` metric) and
says whether a day is missing in the sum; a total or a state is its last reading in the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise

from linkroll_sdk import Measure, Metric, MetricName

from server.services.metrics.metric_answers import Availability, Subject, Why, why_none
from server.services.metrics.metric_periods import DAY, Granularity, Period, Window
from server.services.polling.wanted_metrics import first_day


@dataclass(frozen=True, slots=True)
class Row:
    """One reading as it was stored, with its source."""

    metric: str
    day: date
    read_at: datetime
    value: float | None
    availability: str
    platform_metric: str | None
    api_version: str | None
    definition: str | None
    login: str | None

    @property
    def meaning(self) -> tuple[str | None, str | None]:
        """What the number counts: two numbers with different ones are not each other's equals."""
        return self.platform_metric, self.definition


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series. *value* is None exactly when *availability* is not `SUPPORTED`."""

    day: date
    until: date
    value: float | None
    availability: Availability
    complete: bool = False
    fetched_at: datetime | None = None
    definition: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """From *day* on the platform counts something else under the same name."""

    day: date
    platform_metric: str | None
    definition: str | None
    previous_platform_metric: str | None
    previous_definition: str | None
    meaning: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one subject over a window. *why* is set when the newest word on it is no number."""

    name: MetricName
    metric: Metric | None
    subject: Subject
    points: Sequence[Point]
    breaks: Sequence[Break]
    why: Why | None


def series_of(
    name: MetricName,
    metric: Metric | None,
    subject: Subject,
    rows: Sequence[Row],
    window: Window,
    now: datetime,
) -> Series:
    """
    The series of one metric. *rows* are its readings in the window by day, then by time: one a day, or
    with `READING` every one.
    """
    newest = rows[-1] if rows else None
    if newest is None or newest.value is None:
        said, at = (newest.availability, newest.read_at) if newest else (None, None)
        why = why_none(name, metric, subject, said, at)
    else:
        why = None
    if metric is not None and _cannot_sum(metric, window):
        return Series(name, metric, subject, (), (), _NOT_SUMMED)
    if window.granularity is Granularity.READING:
        points = [_reading(metric, row) for row in rows]
    elif metric is None and not rows:
        points = []
    else:
        points = _filled(metric, subject, rows, window, now)
    return Series(name, metric, subject, points, _breaks(metric, rows), why)


_NOT_SUMMED = Why(
    Availability.NOT_SUPPORTED,
    "The days of this metric must not be added up: it counts people, or is an average.",
    "Ask for it with `granularity: DAY`.",
)


def _cannot_sum(metric: Metric, window: Window) -> bool:
    several_days = window.granularity in (Granularity.WEEK, Granularity.MONTH)
    return several_days and metric.measure is Measure.DAY and not metric.additive


def _reading(metric: Metric | None, row: Row) -> Point:
    if row.value is None:
        return Point(row.day, row.day, None, _not_a_number(row), False, row.read_at, row.definition)
    whole = is_whole(metric, row)
    return Point(row.day, row.day, row.value, Availability.SUPPORTED, whole, row.read_at, row.definition)


def is_whole(metric: Metric | None, row: Row) -> bool:
    """Whether a number stands for all of its day: one that was read before the day was over does not."""
    return metric is None or metric.measure is not Measure.DAY or row.read_at >= _over_everywhere(row.day)


def _over_everywhere(day: date) -> datetime:
    """When a day has ended in each calendar of the world. Which one is the platform's, only its plugin knows."""
    return datetime.combine(day + DAY, time(12), UTC)


def _not_a_number(row: Row) -> Availability:
    """The row's own word. A row without a number never counts as one."""
    said = Availability(row.availability)
    return Availability.NOT_YET if said is Availability.SUPPORTED else said


def _filled(
    metric: Metric | None, subject: Subject, rows: Sequence[Row], window: Window, now: datetime
) -> list[Point]:
    by_day = {row.day: row for row in rows}
    begins = subject.published_at.astimezone(UTC).date() if subject.published_at else date.min
    return [
        _point(metric, subject, by_day, period, now)
        for period in window.periods()
        # Before it was published a post had no numbers, not even unknown ones.
        if period.last >= begins
    ]


def _point(
    metric: Metric | None, subject: Subject, by_day: dict[date, Row], period: Period, now: datetime
) -> Point:
    rows = (
        [by_day[d] for d in _days(period) if d in by_day] if period.days > 1 else _one(by_day, period.first)
    )
    numbers = [row for row in rows if row.value is not None]
    if not numbers:
        found = _not_a_number(rows[-1]) if rows else _unread(metric, subject, period.last, now)
        return Point(period.first, period.last, None, found, False, rows[-1].read_at if rows else None)
    if metric is None or metric.measure is not Measure.DAY:
        last = numbers[-1]
        return Point(
            period.first,
            period.last,
            last.value,
            Availability.SUPPORTED,
            True,
            last.read_at,
            last.definition,
        )
    return Point(
        period.first,
        period.last,
        sum(row.value for row in numbers if row.value is not None),
        Availability.SUPPORTED,
        len(numbers) == period.days and all(is_whole(metric, row) for row in numbers),
        max(row.read_at for row in numbers),
        numbers[-1].definition if len({row.meaning for row in numbers}) == 1 else None,
    )


def _one(by_day: dict[date, Row], day: date) -> list[Row]:
    row = by_day.get(day)
    return [] if row is None else [row]


def _days(period: Period) -> Iterable[date]:
    return (period.first + n * DAY for n in range(period.days))


def _unread(metric: Metric | None, subject: Subject, day: date, now: datetime) -> Availability:
    """What is to be said of a day that has no reading: whether one can still come."""
    if metric is None or not subject.link.is_alive:
        return Availability.NOT_READ
    today = now.astimezone(UTC).date()
    if day >= today:
        return Availability.NOT_YET
    if metric.measure is not Measure.DAY:
        # Nobody looked that day, and the platform only tells how things stand now.
        return Availability.NOT_READ
    asked_from = first_day([metric], subject.link.read_at, subject.link.authenticated_at, today)
    return Availability.NOT_YET if day >= asked_from else Availability.NOT_READ


def _breaks(metric: Metric | None, rows: Sequence[Row]) -> list[Break]:
    numbers = [row for row in rows if row.value is not None]
    return [
        Break(
            row.day,
            row.platform_metric,
            row.definition,
            before.platform_metric,
            before.definition,
            _meaning(metric, row.definition),
        )
        for before, row in pairwise(numbers)
        if before.meaning != row.meaning
    ]


def _meaning(metric: Metric | None, version: str | None) -> str | None:
    """What the catalogue says about a version of the metric's definition."""
    definitions = metric.definitions if metric else ()
    return next((d.meaning or None for d in definitions if d.version == version), None)
