"""TikTok as linkroll sees it: one platform, reached by one login."""

from __future__ import annotations

from collections.abc import Iterable

from linkroll_sdk import Platform, hookimpl

from linkroll_tiktok.oauth import TikTokLogin
from linkroll_tiktok.urls import TikTokUrls

PLATFORM = Platform(key="tiktok", name="TikTok", urls=TikTokUrls(), logins=(TikTokLogin(),))


@hookimpl
def linkroll_platforms() -> Iterable[Platform]:
    """TikTok."""
    return (PLATFORM,)
