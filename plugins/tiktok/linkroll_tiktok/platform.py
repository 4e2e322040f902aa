"""TikTok as linkroll sees it: one platform, reached by one login."""

from __future__ import annotations

from collections.abc import Iterable

from linkroll_sdk import Platform, Retention, hookimpl

from linkroll_tiktok.fetching import TikTokMetrics
from linkroll_tiktok.oauth import TikTokLogin
from linkroll_tiktok.urls import TikTokUrls

PLATFORM = Platform(
    key="tiktok",
    name="TikTok",
    urls=TikTokUrls(),
    logins=(TikTokLogin(),),
    metrics=TikTokMetrics(),
    retention=Retention(source="The tiktok sheet names no limit."),
)


@hookimpl
def linkroll_platforms() -> Iterable[Platform]:
    """TikTok."""
    return (PLATFORM,)
