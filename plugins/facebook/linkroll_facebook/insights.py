"""The insights of Pages and their posts, read into values. Pure, and as lenient as `linkroll_meta.insights`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from linkroll_meta.days import day_ending, read_time
from linkroll_meta.insights import Item, is_counted, points_of
from linkroll_meta.values import number
from linkroll_sdk import Metric, MetricName

Pick = Callable[[Mapping[str, Any]], float | None]


def by_day(items: Iterable[Item], metric: Metric) -> dict[date, float]:
    """The values of a day series."""
    found: dict[date, float] = {}
    for item in items:
        for point in points_of(item) if item.get("name") == metric.platform_name else ():
            end, value = read_time(point.get("end_time")), value_of(point, metric)
            if end is not None and value is not None:
                found[day_ending(end)] = value
    return found


def lifetime_value(items: Sequence[Item], metric: Metric) -> float | None:
    """The value of a metric of a post. Of several periods, `lifetime` is the one that is a total."""
    named = [item for item in items if item.get("name") == metric.platform_name]
    for item in sorted(named, key=lambda item: item.get("period") != "lifetime"):
        for point in reversed(points_of(item)):
            if is_counted(point):
                return value_of(point, metric)
    return None


def is_told(items: Iterable[Item], metric: Metric) -> bool:
    """Whether the answer speaks of the metric at all."""
    return any(item.get("name") == metric.platform_name for item in items)


def value_of(point: Mapping[str, Any], metric: Metric) -> float | None:
    """The number in a point; where the platform gives an object, the part of it that the metric means."""
    value = point.get("value")
    if isinstance(value, dict):
        pick = PICKS.get((metric.name, metric.platform_name))
        return pick(value) if pick and value else None
    return number(value)


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
