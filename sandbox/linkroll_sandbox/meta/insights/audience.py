"""Who the audience is (section 4.1): demographics of an Instagram account, and its hours."""

from itertools import product
from typing import Any

from starlette.requests import Request

from linkroll_sandbox.content import numbers
from linkroll_sandbox.meta.insights.items import (
    Item,
    breakdown,
    graph_time,
    metrics_asked,
    total_item,
    value_item,
)
from linkroll_sandbox.meta.insights.told import is_too_small
from linkroll_sandbox.meta.instagram_views import InstagramView

#: Metric → how much of the followers it is about.
_DEMOGRAPHICS = {
    "follower_demographics": 1.0,
    "engaged_audience_demographics": 0.12,
    "reached_audience_demographics": 0.6,
}
METRICS = (*_DEMOGRAPHICS, "online_followers")
_TIMEFRAMES = ("this_week", "this_month")
_PARTS = {
    "age": {"18-24": 0.21, "25-34": 0.38, "35-44": 0.24, "45-54": 0.12, "55-64": 0.05},
    "gender": {"F": 0.58, "M": 0.37, "U": 0.05},
    "country": {"DE": 0.44, "AT": 0.18, "GB": 0.15, "FR": 0.13, "US": 0.10},
    "city": {"Berlin, Berlin": 0.4, "Vienna, Vienna": 0.3, "London, England": 0.2, "Lyon, Rhône": 0.1},
}


def items(request: Request, view: InstagramView, metrics: list[str]) -> list[Item]:
    """The audience metrics; they go only with `period=lifetime`, and not with others."""
    if request.query_params.get("period") != "lifetime" or any(one not in METRICS for one in metrics):
        words = f"(#100) Incompatible metrics: {', '.join(metrics_asked(request.query_params))}"
        raise view.error(100, f"{words}; those of the audience take period lifetime")
    found = [_online(view) if one == "online_followers" else _people(request, view, one) for one in metrics]
    return [item for item in found if item]


def _people(request: Request, view: InstagramView, metric: str) -> Item:
    params = request.query_params
    if params.get("metric_type") != "total_value":
        raise view.error(100, f"(#100) {metric} should be specified with parameter metric_type=total_value")
    if metric != "follower_demographics" and params.get("timeframe") not in _TIMEFRAMES:
        raise view.error(100, f"(#100) timeframe must be one of the following values: {_TIMEFRAMES}")
    if is_too_small(view.world, view.truth):
        raise view.error(100, "(#100) Not enough users for demographic data", 2874010)
    return _cut_up(view, metric, params.get("breakdown"))


def _cut_up(view: InstagramView, metric: str, cut: str | None) -> Item:
    followers = numbers.account_total(view.truth, "followers", view.world.now())
    people = int(followers * _DEMOGRAPHICS[metric])
    if cut is None:
        return total_item(view.account.id, metric, "lifetime", people)
    keys = [one.strip() for one in cut.split(",")]
    if any(key not in _PARTS for key in keys):
        raise view.error(1, "An unknown error has occurred.")
    return total_item(view.account.id, metric, "lifetime", people, [breakdown(keys, _results(keys, people))])


def _results(keys: list[str], people: int) -> dict[tuple[str, ...], int]:
    results = {}
    for names in product(*(_PARTS[key] for key in keys)):
        part = 1.0
        for key, name in zip(keys, names, strict=True):
            part *= _PARTS[key][name]
        results[names] = int(people * part)
    return results


def _online(view: InstagramView) -> Item | None:
    """Hour → how many followers are online [recalled]."""
    if is_too_small(view.world, view.truth):
        return None
    followers = numbers.account_total(view.truth, "followers", view.world.now())
    hours: dict[str, Any] = {
        str(hour): int(followers * (0.05 + 0.02 * min(hour, 23 - hour))) for hour in range(24)
    }
    end_time = graph_time(view.world.now())
    return value_item(
        view.account.id, "online_followers", "lifetime", [{"value": hours, "end_time": end_time}]
    )
