"""Instagram as linkroll sees it: one platform and its own login; others may reach it by theirs."""

from __future__ import annotations

from collections.abc import Iterable

from linkroll_sdk import Platform, hookimpl
from linkroll_sdk.metrics import KEEP_FOREVER

from linkroll_instagram.fetching import InstagramMetrics
from linkroll_instagram.oauth import InstagramLogin
from linkroll_instagram.urls import InstagramUrls

PLATFORM = Platform(
    key="instagram",
    name="Instagram",
    urls=InstagramUrls(),
    logins=(InstagramLogin(),),
    metrics=InstagramMetrics(),
    # No period is told for keeping numbers; a deletion request is served when it comes (meta sheet 7).
    retention=KEEP_FOREVER,
)


@hookimpl
def linkroll_platforms() -> Iterable[Platform]:
    """Instagram."""
    return (PLATFORM,)
