"""What the steps share: who plays, and what the story has made so far."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from server.demo.api import Stream
from server.demo.browser import Browser
from server.demo.narrator import Difference, Narrator
from server.demo.roster import Roster, granted
from server.demo.sandbox import Sandbox

CATCH_UP_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.05


@dataclass
class Scene:
    """The stage. Ids are filled in as the steps make things."""

    narrator: Narrator
    roster: Roster
    sandbox: Sandbox | None
    mara: Browser
    chen: Browser
    mark: str
    """Tells what this telling makes from everything else in the roster."""
    is_shared: bool
    """Whether the roster is somebody else's."""

    profile: str = ""
    duplicate: str = ""
    accounts: dict[str, str] = field(default_factory=dict)
    """The creator's accounts: platform to id."""
    start: str = ""
    """The cursor that the subscription began behind."""
    live: Stream | None = None
    events: list[Any] = field(default_factory=list)
    """Every change that came over the subscription, in its order."""
    requests_before: int = 0
    """How many platform requests the sandbox had on record before ours."""

    @property
    def creator(self) -> str:
        """The creator's name in the roster."""
        return self._named("Mara Linden")

    @property
    def old_entry(self) -> str:
        """Her name in the second profile."""
        return self._named("Mara L.")

    def _named(self, name: str) -> str:
        return f"{name} (demo {self.mark})" if self.is_shared else name

    async def attempt(self, browser: Browser, target: dict[str, Any], account: str) -> tuple[Any, str]:
        """A consent from `connectSocialAccount` to the browser's return: the attempt, and the way it went."""
        attempt, authorize_url = await self.roster.begin(target)
        landing = await browser.consent(authorize_url, account)
        self.narrator.check("the browser came back to a page", expected=200, got=landing.page.status)
        self.narrator.check(
            "nothing secret stands in the last address", expected=["attempt"], got=[*landing.page.url.query]
        )
        way = f"{_count(landing.redirects, 'redirect')}, {_count(landing.pages, 'page')}"
        return await self.roster.attempt(attempt), way

    async def connect(self, browser: Browser, platform: str, account: str) -> str:
        """An account linked by a consent that leaves nothing to choose; the way it went."""
        target = {"socialAccountId": self.accounts[platform]}
        attempt, way = await self.attempt(browser, target, account)
        granted(attempt["outcome"] or unfinished(attempt), "AccountsLinked")
        await self.expect_status(platform, "LINKED")
        return way

    async def expect_status(self, platform: str, status: str, reason: str | None = None) -> None:
        """Check where an account stands."""
        found = await self.roster.account(self.accounts[platform])
        self.narrator.check(
            f"the {platform} account's status",
            expected=(status, reason),
            got=(found["status"], found["statusReason"]),
        )

    async def take_events(self, count: int) -> list[Any]:
        """The next changes from the live subscription."""
        assert self.live is not None
        values = await self.live.take(count)
        self.events += values
        return values

    async def wait_for(self, statuses: dict[str, str]) -> list[Any]:
        """The accounts, once they have these statuses: the server follows the sandbox's clock by polling."""
        found: list[Any] = []
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                while {one["platform"]: one["status"] for one in found} != statuses:
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
                    found = (await self.roster.profile(self.profile))["socialAccounts"]["nodes"]
        except TimeoutError:
            got = {one["platform"]: one["status"] for one in found}
            raise Difference(
                "the statuses did not follow the clock", expected=_listed(statuses), got=_listed(got)
            ) from None
        self.narrator.checks += 1
        return found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("s" if number != 1 else "")


def unfinished(attempt: Any) -> dict[str, str]:
    """Stands for the outcome of an attempt that has none."""
    return {"__typename": f"an attempt that is {attempt['state']}"}


def _listed(statuses: dict[str, str]) -> str:
    return ", ".join(f"{platform} {status}" for platform, status in sorted(statuses.items()))


def change_of(event: Any) -> str:
    """An event as a line shows it."""
    return f"{event['previousStatus'] or '-'} -> {event['status'] or '-'}"
