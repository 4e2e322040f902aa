"""A platform as a plugin brings it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from linkroll_sdk.login import Login
from linkroll_sdk.metrics import KEEP_FOREVER, MetricFetcher, Retention
from linkroll_sdk.urls import AccountUrls

PlatformKey = NewType("PlatformKey", str)
"""Names a platform: `[a-z][a-z0-9_]*`, at most 32 characters, such as `instagram`."""


@dataclass(frozen=True, slots=True)
class Platform:
    """
    One platform: its key, its name for people, its address grammar and the logins this plugin brings.

    A login may serve other plugins' platforms as well (Facebook Login reaches Instagram accounts);
    a platform may bring no login and be reached only through another's. *metrics* fetches its numbers,
    None where it tells none; *retention* is how long they may be kept.
    """

    key: str
    name: str
    urls: AccountUrls
    logins: tuple[Login, ...] = ()
    metrics: MetricFetcher | None = None
    retention: Retention = KEEP_FOREVER
