"""
The catalogue: what YouTube tells about channels and videos, and what it means by it.

Two sources, never mixed in one entry. The Data API has counters as of now (`viewCount`); the Analytics
API has days and sums of days, two or three days late, and other numbers than the counters (`views`).

**Views** mean something else from two days on (sheet 4, confirmed): since 2025-03-31 those of Shorts count
each start or replay, since August 2026 those of long videos and live streams do so as well. Nothing in the
API tells whether a video is a Short (sheet 3, confirmed), so every video is a `VIDEO` here, and which of
the two days changed its views is not known. `engagedViews` goes on as before on both.

**Reach** is not offered (sheet 4, recalled). **Impressions** are those of thumbnails, if the API tells them
at all; they are never put in the place of views, nor views in theirs.
"""

from __future__ import annotations

from datetime import date, timedelta

from linkroll_sdk import Definition, Level, Measure, Metric, MetricName, Unit

from linkroll_youtube.scopes import ANALYTICS_READONLY, YOUTUBE_READONLY

DATA_SCOPES = {"google": frozenset({YOUTUBE_READONLY})}
"""Who may read counters (sheet 2, confirmed)."""

REPORT_SCOPES = {"google": frozenset({ANALYTICS_READONLY})}
"""Who may read reports: the discovery document takes `youtube.readonly` too, the prose does not (sheet 2)."""

COUNTER_CADENCE = {Level.ACCOUNT: timedelta(hours=6), Level.POST: timedelta(hours=1)}
"""A channel's counters are paid in the units that all share, its videos' from a bucket of their own (sheet 3,
confirmed); the pace is ours."""

DAILY = timedelta(days=1)
"""Reports move once a day: a range ends at the last day that is processed (sheet 4, confirmed)."""

DELAY = timedelta(hours=72)
"""Days come 48 to 72 hours late (sheet 4, confirmed), and spam may be taken off later still (recalled)."""

HISTORY = timedelta(days=1095)
"""Reports have no limit that the sheet knows of; 36 months is the longest that YouTube lets anybody keep
statistics on its audited terms (sheet 9, confirmed)."""

VIEWS_DEFINITIONS = (
    Definition("1", meaning="A view counts once YouTube takes it for engaged."),
    Definition(
        "2025-03-31",
        date(2025, 3, 31),
        "Shorts: every start or replay counts. Other videos: as before.",
    ),
    # Announced on the 27th; a client saw it from the 24th, so these days may hold either.
    Definition(
        "2026-08-24",
        date(2026, 8, 24),
        "All videos and live streams: a view counts when playback starts, autoplay and hovering included.",
    ),
)

ENGAGED_VIEWS_DEFINITIONS = (
    Definition("1", meaning="The viewer went on past the first frame, or clicked or tapped."),
)

ENGAGEMENTS = "likes+comments+shares"
"""The platform name of the one number that is derived; its parts are the platform's."""


def columns(metric: Metric) -> tuple[str, ...]:
    """The fields or columns of an answer that a metric is read from; a derived one has several."""
    return tuple(metric.platform_name.split("+"))


def _counter(
    level: Level,
    name: MetricName,
    field: str,
    description: str,
    *,
    measure: Measure = Measure.TOTAL,
    definitions: tuple[Definition, ...] = (Definition("1"),),
    source: str = "youtube sheet 3, confirmed",
) -> Metric:
    """A number of the Data API, as of now."""
    return Metric(
        name,
        level,
        field,
        measure,
        DATA_SCOPES,
        COUNTER_CADENCE[level],
        definitions=definitions,
        description=description,
        source=source,
    )


def _reported(
    level: Level,
    name: MetricName,
    column: str,
    description: str,
    *,
    unit: Unit = Unit.COUNT,
    additive: bool = True,
    definitions: tuple[Definition, ...] = (Definition("1"),),
    source: str = "youtube sheet 4, confirmed",
    certain: bool = True,
) -> Metric:
    """A number of the Analytics API: by days for a channel, summed since publication for a video."""
    by_day = level is Level.ACCOUNT
    return Metric(
        name,
        level,
        column,
        Measure.DAY if by_day else Measure.TOTAL,
        REPORT_SCOPES,
        DAILY,
        unit=unit,
        additive=additive,
        history=HISTORY if by_day else None,
        delay=DELAY,
        definitions=definitions,
        description=description,
        source=source,
        certain=certain,
    )


# Both common names: everything on YouTube is a video. The sheet's mapping (4, inference) is video views; VIEWS
# is the platform's own word for the same.
VIEWS = (MetricName.VIEWS, MetricName.VIDEO_VIEWS)


def _views_of_days() -> tuple[Metric, ...]:
    """The channel's views, day by day."""
    told = "Views on one Californian day. The meaning changed twice: see the definitions."
    return tuple(
        _reported(Level.ACCOUNT, name, "views", told, definitions=VIEWS_DEFINITIONS) for name in VIEWS
    )


def _view_counter(level: Level, *names: MetricName) -> tuple[Metric, ...]:
    """The public counter of a channel's views, or of a video's."""
    told = "The public view counter. It adds up views of each meaning they ever had."
    return tuple(_counter(level, name, "viewCount", told, definitions=VIEWS_DEFINITIONS) for name in names)


def _reports(level: Level) -> tuple[Metric, ...]:
    """What reports tell alike about a channel's days and a video's whole life."""
    return (
        _reported(
            level,
            MetricName.ENGAGED_VIEWS,
            "engagedViews",
            "Views that went on past the first frame: what `views` were before 2025-03-31 (Shorts).",
            definitions=ENGAGED_VIEWS_DEFINITIONS,
        ),
        _reported(level, MetricName.SHARES, "shares", "Uses of the share button."),
        _reported(
            level,
            MetricName.WATCH_TIME,
            "estimatedMinutesWatched",
            "Time watched, which YouTube estimates in minutes.",
            unit=Unit.MILLISECONDS,
        ),
        _reported(
            level,
            MetricName.AVERAGE_WATCH_TIME,
            "averageViewDuration",
            "Average time of a view, which YouTube tells in seconds (unit recalled).",
            unit=Unit.MILLISECONDS,
            additive=False,
        ),
        _reported(
            level,
            MetricName.ENGAGEMENTS,
            ENGAGEMENTS,
            "Derived by linkroll: likes, comments and shares of one report, only where all three are told. "
            "YouTube's terms restrict derived numbers: ask them, or show the parts instead.",
            source="youtube sheet 4 (inference) and 9 (policy III.E.4.h, confirmed)",
        ),
        _reported(
            level,
            MetricName.IMPRESSIONS,
            "videoThumbnailImpressions",
            "Times a thumbnail was shown. Documented, yet refused to many: then there is no number.",
            source="youtube sheet 4, confirmed as contested",
            certain=False,
        ),
    )


_CHANNEL = (
    _counter(
        Level.ACCOUNT,
        MetricName.FOLLOWERS,
        "subscriberCount",
        "Subscribers, rounded down to three digits (recalled); withheld where the channel hides them.",
        measure=Measure.STATE,
    ),
    *_view_counter(Level.ACCOUNT, MetricName.TOTAL_VIEWS),
    _counter(Level.ACCOUNT, MetricName.POSTS, "videoCount", "Videos on the channel.", measure=Measure.STATE),
    *_views_of_days(),
    _reported(Level.ACCOUNT, MetricName.LIKES, "likes", "Likes given on one Californian day."),
    _reported(Level.ACCOUNT, MetricName.COMMENTS, "comments", "Comments written on one Californian day."),
    _reported(Level.ACCOUNT, MetricName.FOLLOWERS_GAINED, "subscribersGained", "People who subscribed."),
    _reported(Level.ACCOUNT, MetricName.FOLLOWERS_LOST, "subscribersLost", "People who unsubscribed."),
    *_reports(Level.ACCOUNT),
)

_VIDEO = (
    *_view_counter(Level.POST, *VIEWS),
    _counter(Level.POST, MetricName.LIKES, "likeCount", "Likes; withheld where the channel hides them."),
    _counter(Level.POST, MetricName.COMMENTS, "commentCount", "Comments; none where they are off."),
    *_reports(Level.POST),
)

METRICS = (*_CHANNEL, *_VIDEO)


def is_reported(metric: Metric) -> bool:
    """Whether a metric comes from the Analytics API."""
    return metric.scopes == REPORT_SCOPES
