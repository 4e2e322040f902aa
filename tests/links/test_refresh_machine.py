"""
Random lives of a link: whatever happens to it, and in whatever order, it works or says honestly that it is over.

Each life is drawn from its seed, so the order of what happens is the same in every run; at which step of its
work a process is killed is up to the machine. `make soak` lives many more and longer lives.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random

import aiohttp
import pytest

from server.ids import global_id
from server.services.links.probing import probe
from server.worker.upkeep import refresh_due
from support.browser import Browser
from support.clock import travel
from support.links import LinkOne
from support.refresher import Nursery, outcome
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.soak import rounds, soak_timeout
from support.tokens import TOKENS, Held, held_by, is_accepted

LIVES, STEPS = rounds(7, soaking=300), rounds(50, soaking=80)
CALM_HOURS = 10
"""Longer than any pause after failures lasts."""
REFUSALS = {"PlatformUnavailable", "CircuitOpen", "RateLimited", "UnexpectedAnswer"}
"""What a use may come to without a word about the link."""
ENDS = {"ReauthorizationRequired", "NoLink"}
"""What it may come to when the link is over."""


@dataclass
class Life:
    """One link, what has happened to it, and what of that the server cannot know."""

    server: Server
    sandbox: Sandbox
    session: aiohttp.ClientSession
    roster: Roster
    browser: Browser
    nursery: Nursery
    account: int
    random: Random
    story: list[str] = field(default_factory=list)
    is_app_removed: bool = False
    may_be_lost: bool = False
    """A pair may have been lost since the last consent: by a death, or on the way."""
    is_unlinked: bool = False

    async def live(self, steps: int) -> None:
        """Have *steps* things happen, each followed by a look at the link."""
        for _ in range(steps):
            name = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            self.story.append(name)
            await getattr(self, name)()
            await self.check()

    async def check(self) -> Held:
        """What must be true at any time; the link."""
        link = await held_by(self.server, self.sandbox, self.account)
        link.check_honest()
        if link.status == "LINKED" and not link.lives:
            assert link.is_doubted or self.is_app_removed, link
        return link

    # What the server does

    async def use(self) -> None:
        name = await outcome(self.server.host, self.account)
        link = await held_by(self.server, self.sandbox, self.account)
        if name in ENDS:
            assert link.status == "INVALID", name
        elif name not in REFUSALS:
            assert link.lives, name

    async def use_five_times_at_once(self) -> None:
        await asyncio.gather(*(self.use() for _ in range(5)))

    async def refresh_what_is_due(self) -> None:
        await refresh_due(self.server.host, "tiktok")

    async def probe(self) -> None:
        await probe(self.server.host, self.account)

    async def kill_a_user(self) -> None:
        user = await self.nursery.start(self.server, self.account, times=self.random.choice([0, 1, 5]))
        await asyncio.sleep(self.random.uniform(0, 0.15))
        await user.kill()
        self.may_be_lost = True
        # Whoever needs the lease of the dead waits for it in real time: it runs out at once.
        waiting = [self.use() for _ in range(self.random.randint(0, 2))]
        await asyncio.gather(*waiting, travel(self.sandbox, self.server, minutes=2))

    # What the clock and the platform do

    async def let_time_pass(self) -> None:
        await travel(self.sandbox, self.server, minutes=self.random.randint(1, 200))

    async def platform_goes_down(self) -> None:
        await self.sandbox.fault(kind="status", status=503, host="open.tiktokapis.com")

    async def platform_comes_back(self) -> None:
        await self.sandbox.control("DELETE", "faults")

    async def answers_get_lost(self) -> None:
        await self.sandbox.fault(kind="cut_after", times=self.random.randint(1, 2), **TOKENS)
        self.may_be_lost = True

    async def answers_make_no_sense(self) -> None:
        await self.sandbox.fault(kind="garbage", times=self.random.randint(1, 2), **TOKENS)

    async def answers_come_late(self) -> None:
        await self.sandbox.fault(kind="delay_after", seconds=0.1, times=3, **TOKENS)

    async def platform_wants_less(self) -> None:
        await self.sandbox.fault(kind="throttle", minutes=self.random.randint(1, 60), times=1, **TOKENS)

    # What the person does

    async def remove_the_app(self) -> None:
        await self.sandbox.person("mara", "remove-app", login="tiktok")
        self.is_app_removed = True

    async def reconnect(self) -> None:
        attempt, _ = await self.roster.walk(self.browser, "mara", global_id("SocialAccount", self.account))
        if attempt["outcome"]["__typename"] == "AccountsLinked":
            self.is_app_removed = self.may_be_lost = self.is_unlinked = False

    async def unlink(self) -> None:
        await self.roster.unlink(global_id("SocialAccount", self.account))
        self.is_unlinked = True

    # Calm days

    async def calm_down(self) -> None:
        """With the platform well and all pauses over, the link works, or it is over and says so."""
        await self.platform_comes_back()
        await travel(self.sandbox, self.server, hours=CALM_HOURS)
        await self.refresh_what_is_due()
        link = await self.check()
        assert link.status == "INVALID" or link.lives or self.is_app_removed, link

        name = await self.patient_outcome()

        link = await self.check()
        if self.is_app_removed or self.is_unlinked:
            assert link.status == "INVALID", name
        elif not self.may_be_lost:
            assert link.status == "LINKED", name
        if link.status == "LINKED":
            assert await is_accepted(self.server, self.sandbox, self.session, self.account), name

    async def patient_outcome(self) -> str:
        """
        What a use comes to in calm days. The first one may still meet a pause that a killed process had
        been let through to end, or that it did end a moment ago.
        """
        name = await outcome(self.server.host, self.account)
        if name in REFUSALS:
            await travel(self.sandbox, self.server, hours=CALM_HOURS)
            name = await outcome(self.server.host, self.account)
        assert name not in REFUSALS
        return name

    async def heal(self) -> None:
        """Whatever has been, a new consent makes a link that works, also after its first refresh."""
        await self.platform_comes_back()
        await self.reconnect()
        for _ in range(2):
            await self.patient_outcome()
            assert (await self.check()).status == "LINKED"
            assert await is_accepted(self.server, self.sandbox, self.session, self.account)
            await travel(self.sandbox, self.server, hours=3)


WEIGHTS = {
    "use": 8,
    "use_five_times_at_once": 3,
    "refresh_what_is_due": 4,
    "probe": 3,
    "kill_a_user": 8,
    "let_time_pass": 14,
    "platform_goes_down": 4,
    "platform_comes_back": 2,
    "answers_get_lost": 4,
    "answers_make_no_sense": 1,
    "answers_come_late": 2,
    "platform_wants_less": 1,
    "remove_the_app": 1,
    "reconnect": 5,
    "unlink": 1,
    "calm_down": 4,
}
"""What happens, and how often. In a fixed order: the seed draws by it."""


@soak_timeout(300)
@pytest.mark.parametrize("seed", range(LIVES))
async def test_a_link_works_or_is_honestly_over(
    seed: int,
    server: Server,
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    roster: Roster,
    browser: Browser,
    nursery: Nursery,
    link_one: LinkOne,
) -> None:
    account = await link_one("tiktok")
    life = Life(server, sandbox, session, roster, browser, nursery, account, Random(seed))

    try:
        await life.live(STEPS)
        await life.calm_down()
        await life.heal()
    except BaseException as error:
        error.add_note(f"seed {seed}: {', '.join(life.story)}")
        raise
