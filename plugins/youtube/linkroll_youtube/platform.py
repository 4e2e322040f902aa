"""YouTube as linkroll sees it."""

from __future__ import annotations

from linkroll_sdk import Platform, hookimpl

from linkroll_youtube.oauth import GoogleLogin
from linkroll_youtube.scopes import YOUTUBE
from linkroll_youtube.urls import YouTubeUrls

PLATFORM = Platform(key=YOUTUBE, name="YouTube", urls=YouTubeUrls(), logins=(GoogleLogin(),))


@hookimpl
def linkroll_platforms() -> list[Platform]:
    """YouTube, reached through the Google login."""
    return [PLATFORM]
