"""The shape of one insight (section 4.6), and of the list they stand in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request

from linkroll_sandbox.meta.insights.windows import Window
from linkroll_sandbox.meta.paging import same_call

Value = int | float | dict[str, int]
Item = dict[str, Any]


def graph_time(at: float) -> str:
    """`2026-05-17T16:24:04+0000`: no colon in the offset."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def metrics_asked(params: QueryParams) -> list[str]:
    """The comma list `metric`, each name once."""
    return list(dict.fromkeys(one.strip() for one in params.get("metric", "").split(",") if one.strip()))


def value_item(node: str, metric: str, period: str, values: list[dict[str, Any]]) -> Item:
    """An insight with `values`, each `{value, end_time?}`."""
    return {"name": metric, "period": period, "values": values, **_described(node, metric, period)}


def total_item(
    node: str, metric: str, period: str, value: Value, breakdowns: list[dict[str, Any]] | None = None
) -> Item:
    """An insight with `total_value`."""
    total: dict[str, Any] = {"value": value}
    if breakdowns is not None:
        total["breakdowns"] = breakdowns
    described = _described(node, metric, period)
    return {"name": metric, "period": period, **described, "total_value": total}


def breakdown(keys: list[str], results: Mapping[tuple[str, ...], int]) -> dict[str, Any]:
    """One breakdown: categories at zero are left out, and without any there are no `results` (4.1)."""
    shown = [
        {"dimension_values": list(names), "value": value} for names, value in results.items() if value > 0
    ]
    return {"dimension_keys": keys, **({"results": shown} if shown else {})}


def split(value: int, parts: dict[str, float]) -> dict[str, int]:
    """*value* cut up by *parts*; the last one gets what rounding leaves."""
    cut = {name: int(value * part) for name, part in parts.items()}
    last = list(parts)[-1]
    cut[last] += value - sum(cut.values())
    return cut


def listed(request: Request, items: list[Item], window: Window | None = None) -> dict[str, Any]:
    """`data`, and for a window the time-shifted addresses, which have no cursors."""
    if window is None:
        return {"data": items}
    width = int(window.until - window.since)
    since, until = int(window.since), int(window.until)
    paging = {
        "previous": same_call(request, since=since - width, until=since),
        "next": same_call(request, since=until, until=until + width),
    }
    return {"data": items, "paging": paging}


def _described(node: str, metric: str, period: str) -> dict[str, str]:
    title = metric.replace("_", " ").capitalize()
    description = f"{title}, as the sandbox tells it."
    return {"title": title, "description": description, "id": f"{node}/insights/{metric}/{period}"}
