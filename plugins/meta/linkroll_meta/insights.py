"""
Insight answers, read into values. Pure, and lenient: "no data" comes as an empty list, a missing key, null,
-1 or a date in 1970 (meta sheet 10.7, confirmed), and none of these is a 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from linkroll_meta.days import read_time
from linkroll_meta.values import objects
from linkroll_sdk import Availability, Metric, Reading

Item = Mapping[str, Any]


def items_of(answer: Mapping[str, Any]) -> list[Item]:
    """The items of an insight answer."""
    return objects(answer.get("data"))


def points_of(item: Item) -> list[Mapping[str, Any]]:
    """The points of an item, the oldest first."""
    return objects(item.get("values"))


def is_counted(point: Mapping[str, Any]) -> bool:
    """Whether the value of a point is counted; one that covers a lifetime has no end at all."""
    return point.get("end_time") is None or read_time(point["end_time"]) is not None


def reading(metric: Metric, value: float | None, day: date | None = None) -> Reading:
    """The reading of a value; a negative one is a number held back."""
    if value is not None and value < 0:
        return Reading.none(metric, Availability.WITHHELD, day)
    return Reading.of(metric, value, day)
