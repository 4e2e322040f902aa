"""Facebook as linkroll sees it: one platform, one login that reaches Instagram as well."""

from __future__ import annotations

from collections.abc import Iterable

from linkroll_sdk import Platform, hookimpl
from linkroll_sdk.metrics import KEEP_FOREVER

from linkroll_facebook.fetching import FacebookMetrics
from linkroll_facebook.oauth import FacebookLogin
from linkroll_facebook.urls import FacebookUrls

PLATFORM = Platform(
    key="facebook",
    name="Facebook",
    urls=FacebookUrls(),
    logins=(FacebookLogin(),),
    metrics=FacebookMetrics(),
    # No period is told for keeping numbers; a deletion request is served when it comes (meta sheet 7).
    retention=KEEP_FOREVER,
)


@hookimpl
def linkroll_platforms() -> Iterable[Platform]:
    """Facebook."""
    return (PLATFORM,)
