"""The insights of an account and its media, read into values. Pure, and as lenient as `linkroll_meta.insights`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from linkroll_meta.days import day_ending, read_time
from linkroll_meta.insights import Item, is_counted, points_of
from linkroll_meta.values import number, objects
from linkroll_sdk import Metric, MetricName

# Those who follow afterwards are the followers (recalled; meta sheet 4.1 confirms the words alone).
KINDS_OF_FOLLOWS = {MetricName.FOLLOWERS_GAINED: "FOLLOWER", MetricName.FOLLOWERS_LOST: "NON_FOLLOWER"}


def item_of(items: Iterable[Item], metric: Metric) -> Item | None:
    """The item about *metric*; None when the answer does not speak of it."""
    return next((item for item in items if item.get("name") == metric.platform_name), None)


def by_day(item: Item | None) -> dict[date, float]:
    """The values of a day series."""
    found: dict[date, float] = {}
    for point in points_of(item) if item else ():
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
    points = points_of(item)
    return number(points[-1].get("value")) if points and is_counted(points[-1]) else None


def follows(item: Item | None, name: MetricName) -> float | None:
    """
    The follows, or the unfollows, of a breakdown by `follow_type`; None when there is no breakdown.

    A kind at zero is left out, and when all are, even `results` is (meta sheet 4.1, confirmed).
    """
    told = item.get("total_value") if item else None
    breakdowns = objects(told.get("breakdowns")) if isinstance(told, dict) else []
    if not breakdowns:
        return None
    wanted = KINDS_OF_FOLLOWS[name]
    for result in objects(breakdowns[0].get("results")):
        if result.get("dimension_values") == [wanted]:
            return number(result.get("value"))
    return 0.0
