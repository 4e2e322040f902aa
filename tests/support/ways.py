"""Every way to link an account: the logins, each with somebody whose consent reaches exactly one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Way:
    """A login, a person of the sandbox, and the one account that their consent there reaches."""

    login: str
    person: str
    platform: str
    handle: str


FACEBOOK = Way("facebook", "ben", "facebook", "bensbikeshed")
INSTAGRAM = Way("instagram", "mara", "instagram", "mara.bakes")
TIKTOK = Way("tiktok", "mara", "tiktok", "marabakes")
GOOGLE = Way("google", "mara", "youtube", "marabakes")

WAYS = (FACEBOOK, INSTAGRAM, TIKTOK, GOOGLE)

every_login = pytest.mark.parametrize("way", WAYS, ids=[way.login for way in WAYS])
"""The test runs at each login."""
