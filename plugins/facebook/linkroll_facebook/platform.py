"""Facebook as linkroll sees it: one platform, one login that reaches Instagram as well."""

from __future__ import annotations

from collections.abc import Iterable

from linkroll_sdk import Platform, hookimpl

from linkroll_facebook.oauth import FacebookLogin
from linkroll_facebook.urls import FacebookUrls

PLATFORM = Platform(key="facebook", name="Facebook", urls=FacebookUrls(), logins=(FacebookLogin(),))


@hookimpl
def linkroll_platforms() -> Iterable[Platform]:
    """Facebook."""
    return (PLATFORM,)
