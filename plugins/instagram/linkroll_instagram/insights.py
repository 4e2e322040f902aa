"""
Insight answers, read into values. Pure, and lenient: "no data" comes as an empty list, a missing key, null,
-1 or a date in 1970 (meta sheet 10.7, confirmed), and none of these is a 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from linkroll_sdk import Availability, Metric, MetricName, Reading

from linkroll_instagram.days import day_ending, read_time

Item = Mapping[str, Any]

# Those who follow afterwards are the followers (recalled; meta sheet 4.1 confirms the words alone).
KINDS_OF_FOLLOWS = {MetricName.FOLLOWERS_GAINED: "FOLLOWER", MetricName.FOLLOWERS_LOST: "NON_FOLLOWER"}


def items_of(answer: Mapping[str, Any]) -> list[Item]:
    """The items of an insight answer."""
    return _objects(answer.get("data"))


def item_of(items: Iterable[Item], metric: Metric) -> Item | None:
    """The item about *metric*; None when the answer does not speak of it."""
    return next((item for item in items if item.get("name") == metric.platform_name), None)


def by_day(item: Item | None) -> dict[date, float]:
    """The values of a day series."""
    found: dict[date, float] = {}
    for point in _objects(item.get("values")) if item else ():
        end, value = read_time(point.get("end_time")), number(point.get("value"))
        if end is not None and value is not None:
            found[day_ending(end)] = value
    return found


def total(item: Item | None) -> float | None:
    """The one value of an item, in either of its two shapes."""
    if item is None:
        return None
    if isinstance(item.get("total_value"), dict):
        return number(item["total_value"].get("value"))
    points = _objects(item.get("values"))
    if not points or ("end_time" in points[-1] and read_time(points[-1]["end_time"]) is None):
        return None
    return number(points[-1].get("value"))


def follows(item: Item | None, name: MetricName) -> float | None:
    """
    The follows, or the unfollows, of a breakdown by `follow_type`; None when there is no breakdown.

    A kind at zero is left out, and when all are, even `results` is (meta sheet 4.1, confirmed).
    """
    told = item.get("total_value") if item else None
    breakdowns = _objects(told.get("breakdowns")) if isinstance(told, dict) else []
    if not breakdowns:
        return None
    wanted = KINDS_OF_FOLLOWS[name]
    for result in _objects(breakdowns[0].get("results")):
        if result.get("dimension_values") == [wanted]:
            return number(result.get("value"))
    return 0.0


def reading(metric: Metric, value: float | None, day: date | None = None) -> Reading:
    """The reading of a value; a negative one is a number held back."""
    if value is not None and value < 0:
        return Reading.none(metric, Availability.WITHHELD, day)
    return Reading.of(metric, value, day)


MOST = 2**53
"""The largest count that a float holds exactly; nothing real is larger, and NaN is not smaller."""


def number(value: Any) -> float | None:
    """A number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) <= MOST else None


def _objects(value: Any) -> list[Item]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
