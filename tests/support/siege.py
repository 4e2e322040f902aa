"""An installation under load whose parts are killed, and everything that must be true of it afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp

from server.app import open_host
from server.host import Host
from server.ids import row_id
from server.services.callers.api_keys import create_key
from server.services.callers.viewers import Role
from server.services.connect.attempts import expire_attempts
from server.services.links.sweeping import sweep
from server.settings import Settings
from server.worker.upkeep import probe_due, refresh_due
from support.browser import Browser
from support.fleet import Fleet, until
from support.followers import Follower, ServerSentFollower
from support.journal import Caller, Journal
from support.ledger import Ledger
from support.load import Actor, Desk, Load, Reader, under_load
from support.roster import Roster
from support.sandbox import Sandbox
from support.soak import rounds
from support.walkers import OWN, Walker

WORKING = (
    "SELECT id FROM linkroll_queue.procrastinate_jobs WHERE status = 'doing'"
    " AND (task_name LIKE 'poll:%' OR task_name LIKE 'refresh:%' OR task_name LIKE 'probe:%')"
)


@dataclass
class Siege:
    """One fleet, who loads it, who follows it, and what they know."""

    fleet: Fleet
    sandbox: Sandbox
    session: aiohttp.ClientSession
    seed: str
    journal: Journal = field(default_factory=Journal)
    actors: list[Actor] = field(default_factory=list)
    followers: list[tuple[Follower, str]] = field(default_factory=list)
    begun_at: str = ""
    deaths: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    at_work: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.fleet.postgres.url)
        self.chance = random.Random(self.seed)
        self._opened: list[Browser] = []

    # Before

    async def muster(self) -> None:
        """Start everything, and give everybody a key and a profile."""
        await self.fleet.start()
        async with self.host() as host:
            desks = [Desk(await self._caller(host, f"desk{n}"), self.ledger, self.seed) for n in range(3)]
            for desk in desks:
                await desk.step()
                desk.home = list(desk.roll.accounts)
            walkers = [await self._walker(host, person, desks[0].roster) for person in OWN]
            reader = Reader(await self._caller(host, "reader", Role.OBSERVER), self.ledger, self.seed)
            self.actors = [*desks, *walkers, reader]
            await walkers[0].step()
            [first, *_] = await self.ledger.events(_START)
            self.begun_at = first[0]
            await self._follow(host, desks[0].home[0], walkers[-1].home)

    async def _caller(self, host: Host, name: str, role: Role = Role.MANAGER, profile: str = "") -> Caller:
        key = await create_key(host, name, role, row_id(profile, "Profile") if profile else None)
        return Caller(name, key, self.fleet, self.session, self.journal, self.seed)

    async def _walker(self, host: Host, person: str, roster: Roster) -> Walker:
        home = await roster.create_profile(person, external_id=person)
        caller = await self._caller(host, person, Role.CREATOR, home)
        self._opened.append(Browser())
        walker = Walker(caller, self.ledger, self.seed, person, self._opened[-1])
        walker.home = home
        walker.roll.create(home)
        return walker

    async def _follow(self, host: Host, desk_home: str, walker_home: str) -> None:
        """Followers of everything, and of parts, each with the rows that it must be told."""

        async def follower(kind: type[Follower], name: str, where: str, role: Role, **more: Any) -> None:
            key = await create_key(
                host, name, role, row_id(walker_home, "Profile") if more.pop("own", 0) else None
            )
            one = kind(name, key, self.fleet, self.session, self.begun_at, **more)
            self.followers.append((one, where))

        own, home = row_id(walker_home, "Profile"), row_id(desk_home, "Profile")
        await follower(Follower, "socket", "true", Role.ADMIN)
        await follower(ServerSentFollower, "server-sent", "true", Role.OBSERVER)
        await follower(Follower, "creator", f"profile_id = {own}", Role.CREATOR, own=True)
        await follower(Follower, "profile", f"profile_id = {home}", Role.OBSERVER, profileId=desk_home)
        await follower(
            ServerSentFollower, "platform", "platform = 'tiktok'", Role.MANAGER, platforms=["tiktok"]
        )

    @contextlib.asynccontextmanager
    async def host(self) -> AsyncIterator[Host]:
        """The inside of one more process, by the clock of the others."""
        env = self.fleet.servers[0].env
        assert env is not None
        settings = Settings(
            data_dir=env["LINKROLL_DATA_DIR"],
            sandbox_url=self.fleet.sandbox_url,
            logins=json.loads(env["LINKROLL_LOGINS"]),
            vault_keys=env["LINKROLL_VAULT_KEYS"],
        )
        async with open_host(settings, self.fleet.postgres.url) as host:
            clock = await self.sandbox.control("GET", "clock")
            host.clock.offset = timedelta(seconds=clock["offset_seconds"])
            yield host

    async def close(self) -> None:
        """Close what was opened."""
        for browser in self._opened:
            await browser.close()

    # While it lasts

    @contextlib.asynccontextmanager
    async def under_load(self) -> AsyncIterator[Load]:
        """Everybody at work."""
        async with under_load(self.actors, *(one.run() for one, _ in self.followers)) as load:
            yield load

    async def round(self, load: Load, kind: str) -> None:
        """Work, a death at any moment of it, a start, and a look at everything."""
        if self.chance.random() < 0.6:
            await self.sandbox.control("POST", "clock/advance", {"hours": self.chance.choice([1, 5, 7])})
        load.go.set()
        await self._wait_for_work(self.chance.randint(30, rounds(60, soaking=150)), kind)
        await asyncio.sleep(self.chance.uniform(0, 0.05))
        self.fleet.kill(kind, self.chance)
        self.deaths[kind] += 1
        took = await self.fleet.start()
        self.slowest = max(self.slowest, (took, kind))
        await load.pause()
        await self.sandbox.control("DELETE", "faults")

    async def _wait_for_work(self, answers: int, kind: str) -> None:
        """Until so many answers came, and for a worker's death until one has something in its hands."""
        enough = self.journal.answered + answers

        async def are_there() -> bool:
            return self.journal.answered >= enough

        await until(are_there, 120)
        if kind in ("worker", "all"):
            # So that they do not get rid of it in no time.
            await self.sandbox.control("PUT", "faults", [{"kind": "slow", "seconds": 0.2, "times": 30}])
            self.at_work += bool(await until(lambda: self.ledger.fetch(WORKING)))

    @property
    def walkers(self) -> list[Walker]:
        """Those at browsers."""
        return [actor for actor in self.actors if isinstance(actor, Walker)]

    async def settle(self) -> None:
        """Let a day pass, and have done what a worker does with what the dead left behind."""
        await self.sandbox.control("POST", "clock/advance", {"hours": 26})
        async with self.host() as host:
            for login in host.platforms.logins:
                await refresh_due(host, login)
                await probe_due(host, login)
            await expire_attempts(host)
            await sweep(host)

    async def figures(self, took: float) -> str:
        """What happened, for whoever reads the test's output."""
        journal, walkers, followers = self.journal, self.walkers, [one for one, _ in self.followers]
        done = await self.ledger.done()
        ends = Counter(
            f"{why}, {'done' if one in done else 'not done'}" for one, why in journal.unknown_why.items()
        )
        return "\n".join(
            (
                f"seed {self.seed}: {dict(self.deaths)} in {took:.0f} s, slowest start {self.slowest}",
                f"{journal.sent} requests, {len(journal.acknowledged)} changes acknowledged,"
                f" {len(journal.refused)} refused, {len(journal.unknown)} unknown: {dict(ends)}",
                f"{sum(one.linked for one in walkers)} consents linked, {sum(one.cut for one in walkers)} cut off",
                f"{sum(len(one.told) for one in followers)} events to {len(followers)} followers,"
                f" who came back {sum(one.came_back for one in followers)} times",
            )
        )


_START = "ZXZlbnQ6MC4w"
"""The cursor before everything."""
