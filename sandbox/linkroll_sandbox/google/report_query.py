"""
Reading a query of the Analytics API (section 4), and refusing the mixes it does not support.

Played are reports of the whole range, by day and by video, and the filter `video==ID`. Everything
else that the real API knows (countries, devices, traffic sources, months, revenue) is answered as an
unsupported query.
"""

from dataclasses import dataclass
from datetime import date

from starlette.datastructures import QueryParams

from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.world import World

#: Metric → the type in its column header.
METRICS = {
    "views": "INTEGER",
    "engagedViews": "INTEGER",
    "likes": "INTEGER",
    "comments": "INTEGER",
    "shares": "INTEGER",
    "estimatedMinutesWatched": "INTEGER",
    "averageViewDuration": "FLOAT",
    "subscribersGained": "INTEGER",
    "subscribersLost": "INTEGER",
    "videoThumbnailImpressions": "INTEGER",
    "videoThumbnailImpressionsClickRate": "FLOAT",
}
IMPRESSIONS = frozenset({"videoThumbnailImpressions", "videoThumbnailImpressionsClickRate"})
_REQUIRED = ("ids", "startDate", "endDate", "metrics")
_DIMENSIONS = ("", "day", "video")
_MOST_VIDEOS = 200


@dataclass(frozen=True)
class Query:
    """One report: what is counted, of which days and videos, and in which order."""

    metrics: list[str]
    start: date
    end: date
    dimension: str
    #: Ids of `video==A,B`; None for the whole channel.
    videos: list[str] | None
    #: Column and whether it falls.
    sort: list[tuple[str, bool]]
    limit: int | None
    first: int

    @property
    def columns(self) -> list[str]:
        """The header names: dimension first, then the metrics as they were asked."""
        return [self.dimension, *self.metrics] if self.dimension else self.metrics


def read_query(world: World, params: QueryParams) -> Query:
    """The query. Raises 400 for what cannot be read and for what is not supported."""
    missing = [name for name in _REQUIRED if not params.get(name)]
    if missing:
        raise ApiError(400, "required", f"Required parameter: {missing[0]}")
    query = Query(
        metrics=_names(params["metrics"]),
        start=_day(params, "startDate"),
        end=_day(params, "endDate"),
        dimension=params.get("dimensions", ""),
        videos=_videos(params.get("filters", "")),
        sort=[(one.removeprefix("-"), one.startswith("-")) for one in _names(params.get("sort", ""))],
        limit=_number(params, "maxResults"),
        first=_number(params, "startIndex") or 1,
    )
    _check(world, query)
    return query


def _check(world: World, query: Query) -> None:
    if query.end < query.start:
        raise ApiError(400, "badRequest", "The end date must not be before the start date.")
    if query.dimension not in _DIMENSIONS:
        raise _unsupported()
    dead = world.switches["youtube_dead_metrics"].split(",")
    if any(name not in METRICS or name in dead for name in query.metrics):
        raise _unsupported()
    if any(column not in query.columns for column, _ in query.sort):
        raise _unsupported()
    _check_videos(query)
    _check_impressions(world, query)


def _check_videos(query: Query) -> None:
    """By video there must be an order and an end of at most 200 rows [recalled]."""
    if query.dimension != "video":
        return
    if not query.sort or query.limit is None or query.limit > _MOST_VIDEOS:
        raise _unsupported()


def _check_impressions(world: World, query: Query) -> None:
    """Thumbnail impressions are contested: in no report, or in one by video without any views."""
    asked = IMPRESSIONS.intersection(query.metrics)
    if not asked:
        return
    mixed = not IMPRESSIONS.issuperset(query.metrics)
    if world.switches["youtube_impressions"] == "off" or mixed or query.dimension != "video":
        raise _unsupported()


def _unsupported() -> ApiError:
    return ApiError(400, "badRequest", "The query is not supported.")


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _day(params: QueryParams, name: str) -> date:
    try:
        return date.fromisoformat(params[name])
    except ValueError as error:
        raise ApiError(400, "badRequest", f"Invalid value for {name}: {params[name]}") from error


def _number(params: QueryParams, name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ApiError(400, "badRequest", f"Invalid value for {name}: {text}")
    return int(text)


def _videos(text: str) -> list[str] | None:
    """`video==A,B` is the one filter that is played; `;` would join it to others."""
    if not text:
        return None
    name, equals, ids = text.partition("==")
    if name != "video" or not equals or ";" in ids:
        raise _unsupported()
    return _names(ids)
