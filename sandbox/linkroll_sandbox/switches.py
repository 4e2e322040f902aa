"""
Named switches for what the platforms do differently from day to day.

Each stands where the fact sheets give two behaviours, or none that is documented. The first value
in the list is the default.
"""

import re
from dataclasses import dataclass

ON_OFF = ("off", "on")
_NUMBER = r"\d{1,9}"
#: Names with commas between them, or nothing.
_NAMES = r"(\w+(,\w+)*)?"


@dataclass(frozen=True)
class Switch:
    """
    What a switch may be set to, and what it changes.

    With a *pattern* every text that matches it is a value, and *values* holds only the default.
    """

    values: tuple[str, ...]
    changes: str
    pattern: str | None = None

    @property
    def default(self) -> str:
        """The value of a fresh sandbox."""
        return self.values[0]

    def takes(self, value: str) -> bool:
        """Whether *value* is one of this switch's."""
        if self.pattern is not None:
            return re.fullmatch(self.pattern, value, re.ASCII) is not None
        return value in self.values


SWITCHES = {
    "require_appsecret_proof": Switch(ON_OFF, "Facebook refuses calls without appsecret_proof"),
    "facebook_denied_form": Switch(("new", "old"), "how the dialog words a cancelled consent"),
    "facebook_data_access": Switch(
        ("exemptions", "everything"),
        "after 90 days only the permissions that are not exempt fail, or every data call",
    ),
    "facebook_portfolio_page": Switch(
        ("readable", "code3"), "a direct read of a portfolio-owned Page works, or answers code 3"
    ),
    "facebook_empty_first_page": Switch(ON_OFF, "/me/accounts starts with an empty page and `next`"),
    "ig_token_shape": Switch(("flat", "wrapped"), "the short token alone, or inside `data[0]`"),
    "ig_refresh_string": Switch(("same", "new"), "a refresh keeps the token's text, or changes it"),
    "ig_subcodes": Switch(("omit", "zero", "full"), "`error_subcode` on graph.instagram.com"),
    "ig_personal": Switch(
        ("refuse", "fail_later"), "Instagram Login stops a personal account, or lets it fail later"
    ),
    "meta_insights_lag_hours": Switch(
        ("0",), "how many hours after its end a day shows in insights (up to 48 were seen)", _NUMBER
    ),
    "meta_unsupported_metric": Switch(
        ("error", "omit"), "a metric that this kind of media lacks fails the call, or is left out"
    ),
    "meta_under_hundred_followers": Switch(
        ON_OFF, "no account shows more than 83 followers, so insights are held back"
    ),
    "meta_dead_metrics": Switch(
        ("",), "platform names of metrics that Meta no longer knows, with commas", _NAMES
    ),
    "meta_revises": Switch(ON_OFF, "a day's numbers start too low and are final three days later"),
    "meta_app_calls_per_hour": Switch(("1000000",), "user-token calls until code 4", _NUMBER),
    "meta_page_calls_per_hour": Switch(("1000000",), "calls for one Page until code 80001", _NUMBER),
    "meta_instagram_calls_per_hour": Switch(
        ("1000000",), "calls for one Instagram account until code 80002", _NUMBER
    ),
    "ig_story_few_viewers": Switch(ON_OFF, "every story has fewer than five viewers"),
    "ig_pre_conversion_media": Switch(
        ON_OFF, "every fifth post is from before the account became professional"
    ),
    "tiktok_oauth_error_status": Switch(("400", "200"), "HTTP status of TikTok's OAuth errors"),
    "tiktok_lifetimes": Switch(("new", "old"), "2 hours and 180 days, or 24 hours and 365 days"),
    "callbacks_automatic": Switch(ON_OFF, "what people do sends the platform's own callback"),
    "google_refresh_token": Switch(
        ("keep", "send_new"), "a refresh answer comes without a refresh token, or with a new one"
    ),
    "tiktok_missing_metric": Switch(
        ("",), "fields that TikTok leaves out of every video, with commas", _NAMES
    ),
    "tiktok_short_page": Switch(
        ON_OFF, "a page of videos holds fewer than were asked for, with more to come"
    ),
    "tiktok_calls_per_minute": Switch(("600",), "calls of one endpoint until 429", _NUMBER),
    "youtube_general_units": Switch(("10000",), "units of a Pacific day until quotaExceeded", _NUMBER),
    "youtube_stats_units": Switch(
        ("10000",), "the same for videos:batchGetStats, which has its own", _NUMBER
    ),
    "youtube_lag_days": Switch(("2",), "how many of the last days have no row in a report yet", _NUMBER),
    "youtube_impressions": Switch(
        ("off", "video"), "thumbnail impressions are in no report, or only in one by video"
    ),
    "youtube_hidden_counts": Switch(ON_OFF, "likes, comments and subscribers are hidden"),
    "youtube_dead_metrics": Switch(("",), "report metrics that no query supports any more", _NAMES),
    "youtube_revises": Switch(ON_OFF, "a day's numbers start too low and are final three days later"),
    "youtube_no_channel": Switch(
        ("signup_required_401", "signup_required_403", "empty"),
        "what channels.list?mine=true says to a Google account without a channel",
    ),
}


def default_switches() -> dict[str, str]:
    """Every switch in its first position."""
    return {name: switch.default for name, switch in SWITCHES.items()}
