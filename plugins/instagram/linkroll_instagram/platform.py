"""Instagram as linkroll sees it: one platform and its own login; others may reach it by theirs."""

from __future__ import annotations

from collections.abc import Iterable

from linkroll_sdk import Platform, hookimpl

from linkroll_instagram.oauth import InstagramLogin
from linkroll_instagram.urls import InstagramUrls

PLATFORM = Platform(key="instagram", name="Instagram", urls=InstagramUrls(), logins=(InstagramLogin(),))


@hookimpl
def linkroll_platforms() -> Iterable[Platform]:
    """Instagram."""
    return (PLATFORM,)
