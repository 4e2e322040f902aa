"""
What Facebook tells about Pages, their posts, reels and stories (meta sheet 4.4, 4.5 and 4.7).

Left out, as no common name means the same: geography, reactions other than likes, and paid and organic
shares of views. `page_follows` is left out too: the `followers_count` field tells the same total, and now.
Everything named `*impressions*`, `page_fans*`, `page_engaged_users` or `page_consumptions*` is dead.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from linkroll_sdk import Definition, Level, Measure, Metric, MetricName, PostKind, Unit

FACEBOOK = "facebook"

FIELD_SCOPES = {FACEBOOK: frozenset({"pages_show_list", "pages_read_engagement"})}
SCOPES = {FACEBOOK: frozenset({"pages_show_list", "pages_read_engagement", "read_insights"})}

HISTORY = timedelta(days=2 * 365)
"""Two years back (meta sheet 4.4, confirmed)."""
LAG = timedelta(hours=48)
"""Numbers are late by up to two days (meta sheet 10.8, confirmed for Meta)."""

VIDEOS = frozenset({PostKind.VIDEO, PostKind.LIVE})
REELS = frozenset({PostKind.REEL})
STORIES = frozenset({PostKind.STORY})
# Reels are asked elsewhere, in words of their own.
FEED = frozenset(PostKind) - REELS - STORIES

# Views took the place of impressions, which died on this day (meta sheet 4.4, confirmed).
VIEWS_DEFINED = (
    Definition("media-view", date.min, "Views, which took the place of impressions 2025-11-15."),
)

PAGE_SOURCE, POST_SOURCE = "meta sheet 4.4, confirmed", "meta sheet 4.5, confirmed"

_day = partial(
    Metric,
    level=Level.ACCOUNT,
    measure=Measure.DAY,
    scopes=SCOPES,
    cadence=timedelta(days=1),
    history=HISTORY,
    delay=LAG,
    source=PAGE_SOURCE,
)
_post = partial(
    Metric,
    level=Level.POST,
    measure=Measure.TOTAL,
    scopes=SCOPES,
    cadence=timedelta(hours=6),
    kinds=FEED,
    history=HISTORY,
    delay=LAG,
    source=POST_SOURCE,
)
_story = partial(
    Metric,
    level=Level.STORY,
    measure=Measure.TOTAL,
    scopes=SCOPES,
    cadence=timedelta(hours=1),
    kinds=STORIES,
    source=POST_SOURCE,
)

ACCOUNT_METRICS = (
    Metric(
        MetricName.FOLLOWERS,
        Level.ACCOUNT,
        "followers_count",
        Measure.STATE,
        FIELD_SCOPES,
        cadence=timedelta(days=1),
        description="Accounts that follow the Page now.",
        source="meta sheet 4.7, confirmed",
    ),
    _day(
        MetricName.VIEWS,
        platform_name="page_media_view",
        definitions=VIEWS_DEFINED,
        description="How often the Page's media were shown. Took the place of impressions.",
    ),
    _day(
        MetricName.REACH,
        platform_name="page_total_media_view_unique",
        additive=False,
        description="People who saw any of the Page's media. Days and Pages share people.",
    ),
    _day(
        MetricName.ENGAGEMENTS,
        platform_name="page_post_engagements",
        description="Engagements with the Page's posts. Those with reels are not counted in.",
    ),
    _day(
        MetricName.FOLLOWERS_GAINED,
        platform_name="page_daily_follows_unique",
        description="People who began to follow the Page that day.",
    ),
    _day(
        MetricName.FOLLOWERS_LOST,
        platform_name="page_daily_unfollows_unique",
        description="People who ceased to follow the Page that day.",
    ),
    _day(
        MetricName.PROFILE_VIEWS,
        platform_name="page_views_total",
        description="Views of the Page itself.",
    ),
    _day(
        MetricName.PROFILE_LINK_TAPS,
        platform_name="page_total_actions",
        description="Actions on the Page's contact details.",
    ),
    _day(
        MetricName.LIKES,
        platform_name="page_actions_post_reactions_like_total",
        description="Reactions of the kind Like; the other kinds stand in the engagements.",
    ),
    _day(
        MetricName.VIDEO_VIEWS,
        platform_name="page_video_views",
        description="Plays of three seconds and more.",
        source="meta sheet 4.4: answered 2026-09-01, elsewhere said to be removed",
        certain=False,
    ),
    _day(
        MetricName.WATCH_TIME,
        platform_name="page_video_view_time",
        unit=Unit.MILLISECONDS,
        description="How long the Page's videos were watched.",
        source="meta sheet 4.4: answered 2026-09-01, elsewhere said to be removed",
        certain=False,
    ),
)

POST_METRICS = (
    _post(
        MetricName.VIEWS,
        platform_name="post_media_view",
        definitions=VIEWS_DEFINED,
        description="How often the post was shown. Took the place of impressions.",
    ),
    _post(
        MetricName.REACH,
        platform_name="post_total_media_view_unique",
        additive=False,
        description="People who saw the post.",
    ),
    _post(
        MetricName.ENGAGEMENTS,
        platform_name="post_activity_by_action_type",
        description="Likes, comments and shares together; clicks are kept apart.",
    ),
    _post(
        MetricName.LIKES,
        platform_name="post_reactions_like_total",
        description="Reactions of the kind Like.",
    ),
    _post(MetricName.COMMENTS, platform_name="post_activity_by_action_type", description="Comments."),
    _post(MetricName.SHARES, platform_name="post_activity_by_action_type", description="Shares."),
    _post(MetricName.CLICKS, platform_name="post_clicks", description="Clicks anywhere in the post."),
    _post(
        MetricName.VIDEO_VIEWS,
        platform_name="post_video_views",
        kinds=VIDEOS,
        description="Plays of three seconds and more (the length is recalled).",
    ),
    _post(
        MetricName.AVERAGE_WATCH_TIME,
        platform_name="post_video_avg_time_watched",
        kinds=VIDEOS | REELS,
        unit=Unit.MILLISECONDS,
        additive=False,
        description="How long a play lasts on average.",
    ),
    _post(
        MetricName.WATCH_TIME,
        platform_name="post_video_view_time",
        kinds=VIDEOS | REELS,
        unit=Unit.MILLISECONDS,
        description="How long the video was watched.",
    ),
)

REEL_METRICS = (
    _post(
        MetricName.VIDEO_VIEWS,
        platform_name="blue_reels_play_count",
        kinds=REELS,
        description="Plays, without replays.",
    ),
    _post(
        MetricName.VIEWS,
        platform_name="fb_reels_total_plays",
        kinds=REELS,
        description="Plays and replays, the nearest to the views of a post.",
        source="meta sheet 4.5, confirmed; that it is the nearest is an inference",
        certain=False,
    ),
    _post(
        MetricName.FOLLOWERS_GAINED,
        platform_name="post_video_followers",
        kinds=REELS,
        description="People who followed from the reel.",
    ),
    _post(
        MetricName.LIKES,
        platform_name="post_video_likes_by_reaction_type",
        kinds=REELS,
        description="Reactions of the kind Like.",
        source="meta sheet 4.5, confirmed; the keys of its object are recalled",
        certain=False,
    ),
    _post(
        MetricName.COMMENTS,
        platform_name="post_video_social_actions",
        kinds=REELS,
        description="Comments.",
        source="meta sheet 4.5, confirmed; the keys of its object are recalled",
        certain=False,
    ),
    _post(
        MetricName.SHARES,
        platform_name="post_video_social_actions",
        kinds=REELS,
        description="Shares.",
        source="meta sheet 4.5, confirmed; the keys of its object are recalled",
        certain=False,
    ),
)

STORY_METRICS = (
    _story(MetricName.VIEWS, platform_name="story_media_view", description="How often it was shown."),
    _story(
        MetricName.REACH,
        platform_name="story_total_media_view_unique",
        additive=False,
        description="People who saw the story.",
    ),
    _story(
        MetricName.ENGAGEMENTS,
        platform_name="story_interaction",
        description="All interactions with the story.",
    ),
    _story(MetricName.REPLIES, platform_name="pages_fb_story_replies", description="Replies."),
    _story(MetricName.SHARES, platform_name="pages_fb_story_shares", description="Shares."),
)

METRICS = (*ACCOUNT_METRICS, *POST_METRICS, *REEL_METRICS, *STORY_METRICS)
