"""
Reports of the Analytics API (sheet 4): a channel day by day, videos as sums over their lives.

An answer is a table whose columns are named in its head. `rows` is left out when there is no data, and the
most recent days have no row (confirmed): what has no row is unknown, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from linkroll_sdk import (
    Availability,
    DeadMetric,
    Http,
    LinkedAccount,
    Metric,
    MetricName,
    Narrowed,
    Reading,
    UnexpectedAnswer,
    ask_narrowing,
)

from linkroll_youtube.calls import ANALYTICS_API, ask, number_in, string_in
from linkroll_youtube.metrics import columns

MILLISECONDS = {MetricName.WATCH_TIME: 60_000, MetricName.AVERAGE_WATCH_TIME: 1_000}
"""YouTube tells time watched in minutes and a view's average in seconds (units recalled)."""

MAX_VIDEOS = 200
"""The most rows a report by video has (sheet 4, recalled)."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What a report told: each row's readings by what the row is about, and the metrics it refused."""

    rows: Mapping[str, tuple[Reading, ...]]
    dead: tuple[DeadMetric, ...]


async def channel_days(
    http: Http, account: LinkedAccount, wanted: Sequence[Metric], since: date, until: date
) -> Report:
    """The channel's days from *since* to *until*, by day; days that are not processed yet are left out."""
    params = _span(account, since, until) | {"dimensions": "day", "sort": "day"}
    return await _read(http, account, "channel_report", params, wanted)


async def video_sums(
    http: Http,
    account: LinkedAccount,
    videos: Sequence[str],
    wanted: Sequence[Metric],
    since: date,
    until: date,
) -> Report:
    """
    The sums of *videos* from *since* to *until*, by video; a video without data is left out.

    The filter takes many ids with commas between them, like those of Google's other APIs (recalled, not on
    the sheet, which confirms it for one).
    """
    params = _span(account, since, until) | {
        "dimensions": "video",
        "filters": f"video=={','.join(videos)}",
        "maxResults": str(MAX_VIDEOS),
    }
    return await _read(http, account, "video_report", params, wanted)


def _span(account: LinkedAccount, since: date, until: date) -> dict[str, str]:
    # Never `channel==MINE`: if the grant came to act as another channel, its numbers would land here.
    return {
        "ids": f"channel=={account.platform_id}",
        "startDate": since.isoformat(),
        "endDate": until.isoformat(),
    }


async def _read(
    http: Http, account: LinkedAccount, operation: str, params: Mapping[str, str], wanted: Sequence[Metric]
) -> Report:
    """Ask for all of *wanted*, those that YouTube may not know on their own: they would spoil the others."""

    async def one(metrics: Sequence[Metric]) -> dict[str, tuple[Reading, ...]]:
        return await _ask(http, account, operation, params, metrics)

    sure = await ask_narrowing([m for m in wanted if m.certain], one)
    contested = await ask_narrowing([m for m in wanted if not m.certain], one)
    # One column under two common names is one metric to the operator.
    return Report(_joined(sure, contested), tuple(dict.fromkeys((*sure.dead, *contested.dead))))


def _joined(*narrowed: Narrowed[dict[str, tuple[Reading, ...]]]) -> dict[str, tuple[Reading, ...]]:
    rows: dict[str, tuple[Reading, ...]] = {}
    for answer in (answer for one in narrowed for answer in one.answers):
        for key, readings in answer.items():
            rows[key] = (*rows.get(key, ()), *readings)
    return rows


async def _ask(
    http: Http, account: LinkedAccount, operation: str, params: Mapping[str, str], metrics: Sequence[Metric]
) -> dict[str, tuple[Reading, ...]]:
    asked = list(dict.fromkeys(column for metric in metrics for column in columns(metric)))
    query = {**params, "metrics": ",".join(asked)}
    # A report by video needs an order (sheet 4, recalled); any asked column will do.
    query.setdefault("sort", f"-{asked[0]}")
    answer = await ask(http, account.access_token, f"{ANALYTICS_API}/reports", operation, query)
    dimension = params["dimensions"]
    return {
        string_in(row, dimension): tuple(_reading(metric, row, dimension) for metric in metrics)
        for row in _rows(answer, operation)
        if string_in(row, dimension)
    }


def _rows(answer: Mapping[str, Any], operation: str) -> list[Row]:
    """The rows by their columns' names; none when the answer has none."""
    heads, rows = answer.get("columnHeaders"), answer.get("rows") or []
    if not isinstance(heads, list) or not all(isinstance(head, dict) for head in heads):
        raise UnexpectedAnswer("columnHeaders is no list of objects", operation=operation)
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and len(row) == len(heads) for row in rows
    ):
        raise UnexpectedAnswer("rows do not fit columnHeaders", operation=operation)
    names = [string_in(head, "name") for head in heads]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _reading(metric: Metric, row: Row, dimension: str) -> Reading:
    day = _day(row) if dimension == "day" else None
    parts = [number_in(row, column) for column in columns(metric)]
    # A sum with an unknown part would be too small, so it is unknown itself.
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return Reading.none(metric, Availability.NOT_YET, day)
    return Reading.of(metric, sum(known) * MILLISECONDS.get(metric.name, 1), day)


def _day(row: Row) -> date:
    text = string_in(row, "day")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnexpectedAnswer("a row's day is no date", operation="channel_report") from error
