"""
What TikTok counts, as the Display API tells it (tiktok sheet 3, confirmed where not said otherwise).

Every number is as of the moment of reading: there are no days to ask for, so what happened on a day is
only ever the difference of two readings. Impressions, reach, saves, watch time, audience and stories do
not exist here (sheet 3, confirmed) and are therefore not in the catalogue.
"""

from __future__ import annotations

from datetime import timedelta

from linkroll_sdk import Level, Measure, Metric, MetricName, PostKind

STATS = {"tiktok": frozenset({"user.info.stats"})}
VIDEOS = {"tiktok": frozenset({"video.list"})}

# How often is our choice: 600 calls a minute for all accounts of an app (sheet 5, confirmed) reach
# 200,000 accounts in six hours, and one page of posts for 100,000 in three.
ACCOUNT_CADENCE = timedelta(hours=6)
POST_CADENCE = timedelta(hours=3)


def _of_account(
    name: MetricName, platform_name: str, description: str, measure: Measure = Measure.STATE
) -> Metric:
    return Metric(
        name,
        Level.ACCOUNT,
        platform_name,
        measure,
        STATS,
        ACCOUNT_CADENCE,
        description=description,
        source="tiktok sheet 3, user/info",
    )


def _of_post(
    name: MetricName,
    platform_name: str,
    description: str,
    *,
    kinds: frozenset[PostKind] | None = None,
    certain: bool = True,
) -> Metric:
    return Metric(
        name,
        Level.POST,
        platform_name,
        Measure.TOTAL,
        VIDEOS,
        POST_CADENCE,
        kinds=kinds,
        description=description,
        source="tiktok sheet 3, video object",
        certain=certain,
    )


CATALOGUE = (
    _of_account(
        MetricName.FOLLOWERS,
        "follower_count",
        "Accounts that follow this one. Over several accounts one person may count more than once.",
    ),
    _of_account(MetricName.FOLLOWING, "following_count", "Accounts that this one follows."),
    _of_account(
        MetricName.LIKES,
        "likes_count",
        "Likes that all videos of the account have received. Falls when a like or a video is taken back.",
        Measure.TOTAL,
    ),
    _of_account(MetricName.POSTS, "video_count", "Videos of the account that exist now."),
    _of_post(
        MetricName.VIEWS,
        "view_count",
        "How often the video has been viewed since it was posted. TikTok tells no impressions.",
    ),
    # The sheet's mapping (section 3, inference): TikTok has one number for both names.
    _of_post(
        MetricName.VIDEO_VIEWS,
        "view_count",
        "TikTok's only count of views, the same number as the views.",
        kinds=frozenset({PostKind.VIDEO}),
        certain=False,
    ),
    _of_post(MetricName.LIKES, "like_count", "Likes of the video since it was posted."),
    _of_post(MetricName.COMMENTS, "comment_count", "Comments on the video since it was posted."),
    _of_post(MetricName.SHARES, "share_count", "Shares of the video since it was posted."),
    # The sheet's mapping (section 3, inference): TikTok has no such number, and tells no saves to add.
    _of_post(
        MetricName.ENGAGEMENTS,
        "like_count+comment_count+share_count",
        "Likes, comments and shares added up by linkroll. Unknown as soon as one of them is.",
        certain=False,
    ),
)
