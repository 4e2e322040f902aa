"""The words of metrics as the schema shows them, every value described."""

from __future__ import annotations

import enum

from linkroll_sdk import Level, Measure, MetricName, PostKind, Unit, Work

from server.schema.types.enums import described
from server.services.metrics.metric_answers import Availability
from server.services.metrics.metric_periods import Granularity as PostGranularity

described(
    MetricName,
    "MetricName",
    "The common names of metrics. What a platform means by one stands in its `MetricDefinition`: equal names of two "
    "platforms are no equal numbers.",
    {
        "VIEWS": "How often something was shown or played, in the platform's own way of counting.",
        "TOTAL_VIEWS": "How often an account was viewed in its whole life, where `VIEWS` are those of a day.",
        "IMPRESSIONS": "How often something was shown.",
        "REACH": "How many people saw something. Never added up: one person may be in two numbers.",
        "ENGAGEMENTS": "Reactions of all kinds that the platform adds up by itself.",
        "VIDEO_VIEWS": "How often videos were played.",
        "ENGAGED_VIEWS": "Plays that went on long enough to count as interest.",
        "LIKES": "Likes and other reactions by a tap.",
        "COMMENTS": "Comments.",
        "SHARES": "How often something was passed on.",
        "SAVES": "How often something was saved for later.",
        "REPLIES": "Replies to stories.",
        "REPOSTS": "How often something was posted again by others.",
        "CLICKS": "Clicks.",
        "PROFILE_VIEWS": "Visits to the account's page.",
        "PROFILE_LINK_TAPS": "Taps on the links of the account's page.",
        "ACCOUNTS_ENGAGED": "How many people reacted. Never added up, as `REACH`.",
        "FOLLOWERS": "Followers or subscribers, as things stood.",
        "FOLLOWERS_GAINED": "Followers who came.",
        "FOLLOWERS_LOST": "Followers who left.",
        "FOLLOWING": "How many accounts the account follows, as things stood.",
        "POSTS": "How many posts there are, as things stood.",
        "NAVIGATION": "Moves out of a story: forward, back, away.",
        "WATCH_TIME": "How long something was watched, by everybody together.",
        "AVERAGE_WATCH_TIME": "How long something was watched on average. Never added up.",
        "SKIP_RATE": "The share of those who went on at once. Never added up.",
    },
)
described(
    Level,
    "MetricLevel",
    "What a number is about.",
    {"ACCOUNT": "The whole account.", "POST": "One post, reel or video.", "STORY": "One story."},
)
described(
    Unit,
    "MetricUnit",
    "What is counted.",
    {"COUNT": "Pieces.", "MILLISECONDS": "Milliseconds.", "PERCENT": "Hundredths: 12.5 is 12.5 %."},
)
described(
    Measure,
    "MetricMeasure",
    "Which time a number is for.",
    {
        "DAY": "What happened on one day of the platform's calendar.",
        "TOTAL": "Everything up to the moment of reading.",
        "STATE": "How things stood at the moment of reading, such as followers. Never added up over time.",
    },
)
described(
    Availability,
    "MetricAvailability",
    "Whether there is a number, and if not, why. What is not known is never shown as 0.",
    {
        "SUPPORTED": "There is a number.",
        "NOT_SUPPORTED": "The platform does not tell this for this kind of account or post, or not in this form.",
        "NOT_YET": "There is no number yet: the platform tells late, or nobody has asked it.",
        "WITHHELD": "The platform holds the number back: too few people are behind it.",
        "MISSING_SCOPE": "The person did not allow what it needs. They can, by reconnecting.",
        "LOST": "It can never be had again, such as the numbers of a story that ended unread.",
        "NOT_LINKED": "The account has no living link, so the platform cannot be asked.",
        "NOT_READ": "Nothing was read for this time, and the platform does not tell it afterwards.",
    },
)
described(
    PostKind,
    "PostKind",
    "What a post is. It decides which metrics a post has.",
    {
        "IMAGE": "A picture.",
        "VIDEO": "A video.",
        "ALBUM": "Several pictures or videos.",
        "REEL": "A short vertical video: a reel or a Short.",
        "LIVE": "A live video.",
        "TEXT": "Words, with or without a link.",
        "STORY": "A story: it vanishes, as a rule after a day.",
        "OTHER": "Something else.",
    },
)
described(
    Work,
    "MetricWork",
    "What is read of an account in one go.",
    {
        "ACCOUNT": "The account's own numbers.",
        "POSTS": "The list of its posts.",
        "POST_METRICS": "The numbers of its posts.",
        "STORIES": "The stories that live now, with their numbers.",
    },
)


class Granularity(enum.StrEnum):
    """How long the periods of a series are."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


GRANULARITIES = {
    "DAY": "Days, as the platform's calendar has them for this account.",
    "WEEK": "Weeks from Monday to Sunday, always whole ones.",
    "MONTH": "Calendar months, always whole ones.",
}
described(
    Granularity,
    "MetricGranularity",
    "How long the periods of a series are. What is counted by the day is added up where that makes sense; totals and "
    "states are the last reading of the period.",
    GRANULARITIES,
)
described(
    PostGranularity,
    "PostMetricGranularity",
    "How long the periods of a post's series are.",
    {**GRANULARITIES, "READING": "No periods: every reading by itself, such as how a story's numbers grew."},
)
