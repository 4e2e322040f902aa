"""
What several accounts come to together, and everything that is not in it. Pure.

Only what the catalogue calls additive is summed, each account's own period first, then over accounts: so
followers are summed over accounts and never over time, and reach not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from linkroll_sdk import Measure, MetricName, Unit

from server.services.metrics.metric_answers import Availability
from server.services.metrics.metric_series import Point, Series


@dataclass(frozen=True, slots=True)
class SumPoint:
    """One period of a sum; *value* is None exactly when no account has a number."""

    day: date
    until: date
    value: float | None
    accounts: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """One metric over accounts that measure it alike."""

    name: MetricName
    measure: Measure
    unit: Unit
    account_ids: Sequence[int]
    points: Sequence[SumPoint]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An account's metric that is in no sum."""

    account_id: int
    metric: MetricName
    availability: Availability
    reason: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """An account's metric that is in a sum with periods missing."""

    account_id: int
    metric: MetricName
    missing_periods: int


@dataclass(frozen=True, slots=True)
class Sums:
    """All of it."""

    sums: list[Sum] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    incomplete: list[Incomplete] = field(default_factory=list)


def sum_up(series: Sequence[Series], today: date) -> Sums:
    """The sums over accounts' series, which all are over the same periods."""
    found = Sums()
    groups: dict[tuple[MetricName, Measure, Unit], list[Series]] = {}
    for one in series:
        if (left_out := _left_out(one)) is not None:
            found.left_out.append(left_out)
            continue
        assert one.metric is not None
        groups.setdefault((one.name, one.metric.measure, one.metric.unit), []).append(one)
        if missing := sum(not point.complete and point.until < today for point in one.points):
            found.incomplete.append(Incomplete(one.subject.account_id, one.name, missing))
    for (name, measure, unit), members in groups.items():
        ids = [member.subject.account_id for member in members]
        points = [_add(points) for points in zip(*(m.points for m in members), strict=True)]
        found.sums.append(Sum(name, measure, unit, ids, points))
    return found


def _left_out(one: Series) -> LeftOut | None:
    """Why a series is in no sum; None when it is in one."""
    has_number = any(point.value is not None for point in one.points)
    account_id = one.subject.account_id
    if one.metric is not None and not one.metric.additive:
        reason = f"{one.name} must not be added up over accounts: it counts people, or is an average."
        found = Availability.SUPPORTED if has_number or one.why is None else one.why.availability
        return LeftOut(account_id, one.name, found, reason)
    if one.metric is None and has_number:
        reason = "The platform's catalogue does not have it any more, so what it counts is not known."
        return LeftOut(account_id, one.name, Availability.SUPPORTED, reason)
    if not has_number:
        assert one.why is not None
        return LeftOut(account_id, one.name, one.why.availability, one.why.reason)
    return None


def _add(points: Sequence[Point]) -> SumPoint:
    numbers = [point.value for point in points if point.value is not None]
    return SumPoint(
        points[0].day,
        points[0].until,
        sum(numbers) if numbers else None,
        len(numbers),
        all(point.complete for point in points),
    )
