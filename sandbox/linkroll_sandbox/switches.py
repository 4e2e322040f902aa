"""
Named switches for what the platforms do differently from day to day.

Each stands where the fact sheets give two behaviours, or none that is documented. The first value
in the list is the default.
"""

from dataclasses import dataclass

ON_OFF = ("off", "on")


@dataclass(frozen=True)
class Switch:
    """What a switch may be set to, and what it changes."""

    values: tuple[str, ...]
    changes: str

    @property
    def default(self) -> str:
        """The value of a fresh sandbox."""
        return self.values[0]


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
    "tiktok_oauth_error_status": Switch(("400", "200"), "HTTP status of TikTok's OAuth errors"),
    "tiktok_lifetimes": Switch(("new", "old"), "2 hours and 180 days, or 24 hours and 365 days"),
    "youtube_no_channel": Switch(
        ("signup_required_401", "signup_required_403", "empty"),
        "what channels.list?mine=true says to a Google account without a channel",
    ),
}


def default_switches() -> dict[str, str]:
    """Every switch in its first position."""
    return {name: switch.default for name, switch in SWITCHES.items()}
