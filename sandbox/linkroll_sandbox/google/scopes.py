"""Google's scopes (section 2): short names, canonical names, and which of them are sign-in."""

from linkroll_sandbox.consent.login import ScopeLine

PREFIX = "https://www.googleapis.com/auth/"
PROFILE = f"{PREFIX}userinfo.profile"
EMAIL = f"{PREFIX}userinfo.email"
OPENID = "openid"
YOUTUBE_READ = f"{PREFIX}youtube.readonly"
ANALYTICS_READ = f"{PREFIX}yt-analytics.readonly"
#: Google answers with the long names whatever was asked (section 1).
_CANONICAL = {"profile": PROFILE, "email": EMAIL}
SIGN_IN = frozenset({OPENID, PROFILE, EMAIL})
_WORDING = {
    OPENID: "Associate you with your personal info on Google",
    PROFILE: "See your personal info, including any personal info you've made publicly available",
    EMAIL: "See your primary Google Account email address",
    YOUTUBE_READ: "View your YouTube account",
    ANALYTICS_READ: "View YouTube Analytics reports for your YouTube content",
    f"{PREFIX}yt-analytics-monetary.readonly": "View monetary YouTube Analytics reports",
}
_WRITES = {
    f"{PREFIX}youtube": "Manage your YouTube account",
    f"{PREFIX}youtube.force-ssl": "See, edit, and permanently delete your YouTube videos",
    f"{PREFIX}youtube.upload": "Manage your YouTube videos",
    f"{PREFIX}youtubepartner": "View and manage your assets and content on YouTube",
    f"{PREFIX}youtubepartner-channel-audit": "View private information of your YouTube channel",
    f"{PREFIX}youtube.channel-memberships.creator": "See a list of your channel members",
}
#: Any of these opens the reading calls of the Data API.
YOUTUBE = frozenset({YOUTUBE_READ, f"{PREFIX}youtube", f"{PREFIX}youtube.force-ssl"})


def read(text: str) -> list[str]:
    """A space-separated request, in canonical names."""
    return list(dict.fromkeys(_CANONICAL.get(one, one) for one in text.split()))


def is_known(scope: str) -> bool:
    """Whether the consent page knows *scope*."""
    return scope in _WORDING or scope in _WRITES


def lines(wanted: list[str]) -> list[ScopeLine]:
    """
    The boxes of the consent form.

    Sign-in scopes have none. One single non-sign-in scope alone has none either: all or nothing
    (section 1, granular consent).
    """
    alone = len(wanted) == 1
    return [_line(scope, fixed=alone or scope in SIGN_IN) for scope in wanted]


def _line(scope: str, *, fixed: bool) -> ScopeLine:
    wording = _WORDING.get(scope) or _WRITES[scope]
    return ScopeLine(scope, wording, fixed=fixed, writes=scope in _WRITES)


def within(scopes: list[str], wanted: frozenset[str]) -> bool:
    """Whether any of *scopes* is one of *wanted*."""
    return not wanted.isdisjoint(scopes)
