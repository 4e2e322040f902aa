"""
What Instagram tells about professional accounts, their media and stories (meta sheet 4.1, 4.2 and 4.7).

Left out, as no common name means the same: demographics, `online_followers`, `profile_activity`, and what
counts Facebook's side of a cross-posted media in (`facebook_views`, `crossposted_views`, `total_*`).
`follower_count` is left out because the sheet does not say whether it counts followers or new ones.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from linkroll_sdk import Definition, Level, Measure, Metric, MetricName, PostKind, Unit

from linkroll_instagram.graph import BY_FACEBOOK, BY_INSTAGRAM

# The minimal sets (meta sheet 2, confirmed). Fields need the first of each, insights both.
_THROUGH_A_PAGE = frozenset({"instagram_basic", "pages_show_list", "pages_read_engagement"})
FIELD_SCOPES = {BY_INSTAGRAM: frozenset({"instagram_business_basic"}), BY_FACEBOOK: _THROUGH_A_PAGE}
FACEBOOK_ONLY = {BY_FACEBOOK: _THROUGH_A_PAGE | {"instagram_manage_insights"}}
SCOPES = FACEBOOK_ONLY | {
    BY_INSTAGRAM: frozenset({"instagram_business_basic", "instagram_business_manage_insights"})
}

ACCOUNT_HISTORY = timedelta(days=90)
"""The documented one; two years were answered too (meta sheet 4.1, sources disagree)."""
MEDIA_HISTORY = timedelta(days=2 * 365)
STORY_HISTORY = timedelta(hours=24)
LAG = timedelta(hours=48)
"""Numbers are late by up to two days (meta sheet 4.1, confirmed)."""

REEL, STORY = frozenset({PostKind.REEL}), frozenset({PostKind.STORY})
VIDEO = frozenset({PostKind.VIDEO})
MEDIA = frozenset(PostKind) - STORY
FEED = MEDIA - REEL
"""Images, videos and albums of the feed; an album is asked whole (meta sheet 4.2, confirmed)."""

# Views took the place of impressions, which died on this day (meta sheet 4.1, confirmed).
VIEWS_DEFINED = (Definition("views", date.min, "Views, which took the place of impressions 2025-04-21."),)

DEPRECATED = "meta sheet 4.1: deprecated 2025-01-08, still answered in August 2026"
RECALLED_KINDS = "meta sheet 4.1, confirmed; which kind is which is recalled"

_state = partial(
    Metric,
    level=Level.ACCOUNT,
    measure=Measure.STATE,
    scopes=FIELD_SCOPES,
    cadence=timedelta(days=1),
    source="meta sheet 3, confirmed",
)
_day = partial(
    Metric,
    level=Level.ACCOUNT,
    measure=Measure.DAY,
    scopes=SCOPES,
    cadence=timedelta(days=1),
    history=ACCOUNT_HISTORY,
    delay=LAG,
    source="meta sheet 4.1, confirmed",
)
_media = partial(
    Metric,
    level=Level.POST,
    measure=Measure.TOTAL,
    scopes=SCOPES,
    cadence=timedelta(hours=6),
    kinds=MEDIA,
    history=MEDIA_HISTORY,
    delay=LAG,
    source="meta sheet 4.2, confirmed",
)
_story = partial(
    Metric,
    level=Level.STORY,
    measure=Measure.TOTAL,
    scopes=SCOPES,
    cadence=timedelta(hours=1),
    kinds=STORY,
    history=STORY_HISTORY,
    source="meta sheet 4.2, confirmed",
)

ACCOUNT_METRICS = (
    _state(MetricName.FOLLOWERS, platform_name="followers_count", description="Followers now."),
    _state(MetricName.FOLLOWING, platform_name="follows_count", description="Accounts it follows now."),
    _state(MetricName.POSTS, platform_name="media_count", description="Media on the profile now."),
    _day(
        MetricName.VIEWS,
        platform_name="views",
        definitions=VIEWS_DEFINED,
        description="How often the account's media were shown. Took the place of impressions.",
    ),
    _day(
        MetricName.REACH,
        platform_name="reach",
        additive=False,
        description="Accounts that saw any of its media. Days and accounts share people.",
    ),
    _day(
        MetricName.ENGAGEMENTS,
        platform_name="total_interactions",
        description="All interactions with the account's media.",
    ),
    _day(
        MetricName.ACCOUNTS_ENGAGED,
        platform_name="accounts_engaged",
        additive=False,
        description="Accounts that interacted.",
    ),
    _day(MetricName.LIKES, platform_name="likes", description="Likes given that day."),
    _day(MetricName.COMMENTS, platform_name="comments", description="Comments written that day."),
    _day(MetricName.SAVES, platform_name="saves", description="Saves made that day."),
    _day(MetricName.SHARES, platform_name="shares", description="Shares made that day."),
    _day(MetricName.REPLIES, platform_name="replies", description="Replies to stories."),
    _day(MetricName.REPOSTS, platform_name="reposts", description="Reposts made that day."),
    _day(
        MetricName.PROFILE_LINK_TAPS,
        platform_name="profile_links_taps",
        description="Taps on the profile's contact buttons.",
    ),
    _day(
        MetricName.FOLLOWERS_GAINED,
        platform_name="follows_and_unfollows",
        description="Accounts that began to follow. From 100 followers on.",
        source=RECALLED_KINDS,
        certain=False,
    ),
    _day(
        MetricName.FOLLOWERS_LOST,
        platform_name="follows_and_unfollows",
        description="Accounts that ceased to follow. From 100 followers on.",
        source=RECALLED_KINDS,
        certain=False,
    ),
    _day(
        MetricName.PROFILE_VIEWS,
        platform_name="profile_views",
        description="Views of the profile.",
        source=DEPRECATED,
        certain=False,
    ),
    _day(
        MetricName.CLICKS,
        platform_name="website_clicks",
        description="Taps on the website of the profile.",
        source=DEPRECATED,
        certain=False,
    ),
)

MEDIA_METRICS = (
    _media(
        MetricName.VIEWS,
        platform_name="views",
        definitions=VIEWS_DEFINED,
        description="How often it was shown. Took the place of impressions and plays.",
    ),
    _media(
        MetricName.VIDEO_VIEWS,
        platform_name="views",
        kinds=REEL | VIDEO,
        description="The same number as the views, of what can be played.",
        source="meta sheet 4.7, inference",
        certain=False,
    ),
    _media(
        MetricName.REACH,
        platform_name="reach",
        additive=False,
        description="Accounts that saw it.",
    ),
    _media(
        MetricName.ENGAGEMENTS,
        platform_name="total_interactions",
        description="All interactions.",
    ),
    _media(MetricName.LIKES, platform_name="likes", description="Likes."),
    _media(MetricName.COMMENTS, platform_name="comments", description="Comments."),
    _media(MetricName.SHARES, platform_name="shares", description="Shares."),
    _media(MetricName.SAVES, platform_name="saved", description="Saves."),
    _media(
        MetricName.REPOSTS,
        platform_name="reposts",
        description="Reposts. Told since 2025-12-03.",
    ),
    _media(
        MetricName.FOLLOWERS_GAINED,
        platform_name="follows",
        kinds=FEED,
        description="Accounts that followed from it.",
    ),
    _media(
        MetricName.PROFILE_VIEWS,
        platform_name="profile_visits",
        kinds=FEED,
        description="Visits of the profile from it.",
    ),
    _media(
        MetricName.AVERAGE_WATCH_TIME,
        platform_name="ig_reels_avg_watch_time",
        kinds=REEL,
        unit=Unit.MILLISECONDS,
        additive=False,
        description="How long a play lasts on average.",
    ),
    _media(
        MetricName.WATCH_TIME,
        platform_name="ig_reels_video_view_total_time",
        kinds=REEL,
        unit=Unit.MILLISECONDS,
        description="How long it was watched, replays included (that they are: recalled).",
    ),
    _media(
        MetricName.SKIP_RATE,
        platform_name="reels_skip_rate",
        kinds=REEL,
        unit=Unit.PERCENT,
        additive=False,
        description="The share of plays that were skipped. Instagram calls it in development.",
    ),
)

STORY_METRICS = (
    _story(
        MetricName.VIEWS,
        platform_name="views",
        definitions=VIEWS_DEFINED,
        description="How often it was shown. Withheld under five viewers, as all of a story is.",
    ),
    _story(
        MetricName.REACH,
        platform_name="reach",
        additive=False,
        description="Accounts that saw it.",
    ),
    _story(
        MetricName.ENGAGEMENTS,
        platform_name="total_interactions",
        description="All interactions.",
    ),
    _story(MetricName.SHARES, platform_name="shares", description="Shares."),
    _story(
        MetricName.REPLIES,
        platform_name="replies",
        description="Replies. Instagram tells 0 for creators in Europe and Japan.",
    ),
    _story(MetricName.REPOSTS, platform_name="reposts", description="Reposts."),
    _story(
        MetricName.FOLLOWERS_GAINED,
        platform_name="follows",
        description="Accounts that followed from it.",
    ),
    _story(
        MetricName.PROFILE_VIEWS,
        platform_name="profile_visits",
        description="Visits of the profile from it.",
    ),
    _story(
        MetricName.NAVIGATION,
        platform_name="navigation",
        description="Taps forward, back and out, and swipes to the next account.",
    ),
    _story(
        MetricName.CLICKS,
        platform_name="link_clicks",
        scopes=FACEBOOK_ONLY,
        description="Taps on the story's links. Told since 2026-06-22, through a Page only.",
    ),
    _story(
        MetricName.IMPRESSIONS,
        platform_name="impressions",
        scopes=FACEBOOK_ONLY,
        description="Told once, when the story ends, by Facebook's webhook; cannot be asked for.",
        source="meta sheet 4.3, confirmed",
    ),
)

METRICS = (*ACCOUNT_METRICS, *MEDIA_METRICS, *STORY_METRICS)

DELIVERED = frozenset({"impressions"})
"""Platform names of what comes by itself. To ask for it would fail the call for all others."""
