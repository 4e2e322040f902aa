"""
Insight answers, read into values. Pure, and lenient: "no data" comes as an empty list, a missing key, null,
-1 or a date in 1970 (meta sheet 10.7, confirmed), and none of these is a 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from linkroll_sdk import Availability, Metric, MetricName, Reading

from linkroll_facebook.days import UNAGGREGATED_BEFORE, day_ending, read_time

Item = Mapping[str, Any]
Pick = Callable[[Mapping[str, Any]], float | None]


def items_of(answer: Mapping[str, Any]) -> list[Item]:
    """The items of an insight answer."""
    data = answer.get("data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def by_day(items: Iterable[Item], metric: Metric) -> dict[date, float]:
    """The values of a day series."""
    found: dict[date, float] = {}
    for item in items:
        for point in _points(item) if item.get("name") == metric.platform_name else ():
            end, value = read_time(point.get("end_time")), value_of(point, metric)
            if end is not None and end >= UNAGGREGATED_BEFORE and value is not None:
                found[day_ending(end)] = value
    return found


def lifetime_value(items: Sequence[Item], metric: Metric) -> float | None:
    """The value of a metric of a post. Of several periods, `lifetime` is the one that is a total."""
    named = [item for item in items if item.get("name") == metric.platform_name]
    for item in sorted(named, key=lambda item: item.get("period") != "lifetime"):
        for point in reversed(_points(item)):
            end = read_time(point.get("end_time"))
            if end is None or end >= UNAGGREGATED_BEFORE:
                return value_of(point, metric)
    return None


def is_told(items: Iterable[Item], metric: Metric) -> bool:
    """Whether the answer speaks of the metric at all."""
    return any(item.get("name") == metric.platform_name for item in items)


def reading(metric: Metric, value: float | None, day: date | None = None) -> Reading:
    """The reading of a value; a negative one is a number held back."""
    if value is not None and value < 0:
        return Reading.none(metric, Availability.WITHHELD, day)
    return Reading.of(metric, value, day)


def value_of(point: Mapping[str, Any], metric: Metric) -> float | None:
    """The number in a point; where the platform gives an object, the part of it that the metric means."""
    value = point.get("value")
    if isinstance(value, dict):
        pick = PICKS.get((metric.name, metric.platform_name))
        return pick(value) if pick and value else None
    return number(value)


MOST = 2**53
"""The largest count that a float holds exactly; nothing real is larger, and NaN is not smaller."""


def number(value: Any) -> float | None:
    """A number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) <= MOST else None


def _points(item: Item) -> list[Mapping[str, Any]]:
    values = item.get("values")
    return [point for point in values if isinstance(point, dict)] if isinstance(values, list) else []


# Objects of counts


def _part(*names: str) -> Pick:
    """One kind in an object of counts. A kind at zero is left out (inference from meta sheet 4.1)."""

    def pick(counts: Mapping[str, Any]) -> float | None:
        told = {key.lower(): number(value) for key, value in counts.items()}
        return next((told[name] for name in names if name in told), 0.0)

    return pick


def _sum(counts: Mapping[str, Any]) -> float | None:
    told = [n for n in map(number, counts.values()) if n is not None]
    return sum(told) if told else None


PICKS: dict[tuple[MetricName, str], Pick] = {
    (MetricName.ENGAGEMENTS, "post_activity_by_action_type"): _sum,
    (MetricName.COMMENTS, "post_activity_by_action_type"): _part("comment"),
    (MetricName.SHARES, "post_activity_by_action_type"): _part("share"),
    # The keys of these two are recalled.
    (MetricName.LIKES, "post_video_likes_by_reaction_type"): _part("reaction_like", "like"),
    (MetricName.COMMENTS, "post_video_social_actions"): _part("comment"),
    (MetricName.SHARES, "post_video_social_actions"): _part("share"),
}
