"""YouTube as linkroll sees it."""

from __future__ import annotations

from linkroll_sdk import Platform, Retention, hookimpl

from linkroll_youtube.fetching import YouTubeMetrics
from linkroll_youtube.oauth import GoogleLogin
from linkroll_youtube.scopes import YOUTUBE
from linkroll_youtube.urls import YouTubeUrls

RETENTION = Retention(
    recheck_days=30,
    end_days=30,
    request_days=7,
    source="youtube sheet 9, confirmed: Developer Policies III.E.4",
)

PLATFORM = Platform(
    key=YOUTUBE,
    name="YouTube",
    urls=YouTubeUrls(),
    logins=(GoogleLogin(),),
    metrics=YouTubeMetrics(),
    retention=RETENTION,
)


@hookimpl
def linkroll_platforms() -> list[Platform]:
    """YouTube, reached through the Google login."""
    return [PLATFORM]
