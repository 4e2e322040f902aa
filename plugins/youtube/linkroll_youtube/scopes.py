"""
What the Google login asks for, what it refuses to ask for, and one spelling for each scope.

Revenue (`yt-analytics-monetary.readonly`) reads too, but linkroll shows no revenue, and a channel
without monetisation answers it with 403: it stays out of the catalogue (sheet 2, confirmed).
"""

from __future__ import annotations

from linkroll_sdk import Scope

YOUTUBE = "youtube"
"""The platform's key."""

PREFIX = "https://www.googleapis.com/auth/"
OPENID = "openid"
PROFILE = PREFIX + "userinfo.profile"
YOUTUBE_READONLY = PREFIX + "youtube.readonly"
ANALYTICS_READONLY = PREFIX + "yt-analytics.readonly"

_NEEDED = frozenset({YOUTUBE})

# The two sign-in scopes have no box on the consent page, so nobody can decline them (sheet 1,
# confirmed): they serve no platform here, and a missing one is never held against a channel.
# Wordings: youtube.readonly from sheet 2 (confirmed), the others recalled.
SCOPES = (
    Scope(
        OPENID,
        "Knows the same Google person again, by an id that never changes.",
        "Associate you with your personal info on Google",
    ),
    Scope(
        PROFILE,
        "Lets Google tell linkroll when the person's account is hijacked or its access revoked.",
        "See your personal info, including any personal info you've made publicly available",
    ),
    Scope(
        YOUTUBE_READONLY,
        "Reads the channel, its videos and their public counts.",
        "View your YouTube account",
        _NEEDED,
    ),
    Scope(
        ANALYTICS_READONLY,
        "Reads the channel's views and engagements day by day. No revenue.",
        "View YouTube Analytics reports for your YouTube content",
        _NEEDED,
    ),
)

# Each of these writes, or acts for a partner (sheet 2, names confirmed).
REFUSED_SCOPES = frozenset(
    PREFIX + name
    for name in (
        "youtube",
        "youtube.channel-memberships.creator",
        "youtube.force-ssl",
        "youtube.upload",
        "youtubepartner",
        "youtubepartner-channel-audit",
    )
)

# Google may answer with another spelling than it was asked with (sheet 1, confirmed).
_CANONICAL = {"profile": PROFILE, "email": PREFIX + "userinfo.email"}


def canonical_scopes(granted: str) -> frozenset[str]:
    """The scopes of a token answer's `scope` field, as a set in one spelling."""
    return frozenset(_CANONICAL.get(name, name) for name in granted.split())
