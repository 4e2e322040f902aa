"""What the tests of living links share."""

from __future__ import annotations

import pytest_asyncio

from server.ids import row_id
from support.browser import Browser
from support.links import LinkOne
from support.roster import Roster

PEOPLE = {
    "tiktok": ("mara", "@marabakes"),
    "youtube": ("mara", "@marabakes"),
    "instagram": ("mara", "@mara.bakes"),
    "facebook": ("mara", "marabakes"),
}


@pytest_asyncio.fixture
async def link_one(roster: Roster, browser: Browser) -> LinkOne:
    """Links an account of the cast's."""

    async def link(platform: str) -> int:
        person, handle = PEOPLE[platform]
        profile = await roster.create_profile(f"{person} on {platform}")
        account = await roster.link(browser, person, profile, handle, platform)
        found = row_id(account, "SocialAccount")
        assert found is not None
        return found

    return link
