"""
A mixed load under fire: actors who each own a part of the roster, and know exactly how it must look.

An actor asks for one thing at a time. Whatever was acknowledged, it takes over into what it knows; whether
something unknown happened is told by the audit log, whose entry stands or falls with the change. So at any moment
between two requests the database must hold what the actors know, all of it and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server.ids import row_id
from support.fleet import Fleet
from support.journal import Caller, Cut
from support.ledger import Ledger
from support.merges import try_merge, try_undo
from support.roll import Roll
from support.roster import Roster

LATER = 0.3
"""When whoever only looks tries again."""
PAUSE = 0.03
"""Between two requests of an actor, on average: the load is mixed, not heavy."""


@dataclass(frozen=True)
class Act:
    """One mutation: how it is sent, what it makes, and what is different once it is done."""

    send: Callable[[], Awaitable[dict[str, Any]]]
    done: Callable[[str], object]
    made: Callable[[dict[str, Any]], str] = lambda _: ""
    find_made: Callable[[], Awaitable[str]] | None = None


class Actor:
    """Somebody who does one thing after the other, for ever, but for pauses."""

    def __init__(self, caller: Caller, ledger: Ledger, seed: str) -> None:
        self.caller = caller
        self.roster = Roster(caller)
        self.ledger = ledger
        self.chance = random.Random(f"{seed} {caller.name} acts")
        self.idle = asyncio.Event()

    @property
    def fleet(self) -> Fleet:
        """Who is asked."""
        return self.caller.fleet

    async def step(self) -> None:
        """One thing."""
        raise NotImplementedError

    async def run(self, go: asyncio.Event) -> None:
        """Go on while *go* is set."""
        while True:
            self.idle.set()
            await go.wait()
            self.idle.clear()
            await self.step()
            await asyncio.sleep(self.chance.uniform(0, 2 * PAUSE))

    async def perform(self, act: Act) -> dict[str, Any] | None:
        """Send *act* and take over what it did; its answer, None when that was lost."""
        try:
            answer = await act.send()
        except Cut as cut:
            request_id = cut.request_id
            if (entry := await self.find_out(lambda: self.ledger.entry(request_id))) is not None:
                act.done(await act.find_made() if act.find_made else entry)
            return None
        if answer["__typename"].endswith("Success"):
            act.done(act.made(answer))
        return answer

    async def look(self, question: str, **variables: Any) -> Any:
        """The answer to a query; None, after a moment, when it was lost."""
        try:
            return await self.caller.ask(question, **variables)
        except Cut:
            await asyncio.sleep(LATER)
            return None

    async def find_out(self, question: Callable[[], Awaitable[Any]]) -> Any:
        """What *question* says as soon as everything is up again."""
        while True:
            await self.fleet.whole.wait()
            with contextlib.suppress(Cut, *Ledger.AWAY):
                return await question()
            # It was killed again, or has not noticed yet that it was.
            await asyncio.sleep(0.05)


class Desk(Actor):
    """Somebody who keeps a roster, by hand: profiles and accounts come, are merged, taken apart, and go."""

    def __init__(self, caller: Caller, ledger: Ledger, seed: str, *, home: Sequence[str] = ()) -> None:
        super().__init__(caller, ledger, seed)
        self.roll = Roll()
        self.home = home
        """Profiles that are neither merged nor removed."""
        self._numbers = 0

    async def step(self) -> None:
        """One thing."""
        ours = list(self.roll.accounts)
        if len(ours) < 3:
            await self._create()
            return
        acts = [
            self._create,
            self._add,
            self._remove,
            self._remove_profile,
            self._merge,
            self._undo,
            self._look,
        ]
        [act] = self.chance.choices(acts, [2, 8, 3, 1, 2, 2, 4])
        await act()

    async def _create(self) -> None:
        self._numbers += 1
        name = f"{self.caller.name} {self._numbers}"
        await self.perform(
            Act(
                lambda: self.roster.client.ask(
                    "mutation ($input: CreateProfileInput!) { createProfile(input: $input) {"
                    " __typename ... on CreateProfileSuccess { profile { id } } } }",
                    input={"displayName": name, "kind": "INDIVIDUAL", "externalId": name},
                ),
                self.roll.create,
                lambda answer: str(answer["profile"]["id"]),
            )
        )

    async def _add(self) -> None:
        profile = self.chance.choice(list(self.roll.accounts))
        # Some are wanted by all desks at once: one gets it, the others are refused.
        self._numbers += 1
        wanted = self.chance.random() < 0.2
        handle = f"wanted{self.chance.randint(1, 40)}" if wanted else f"{self.caller.name}n{self._numbers}"
        text, platform = self.chance.choice(
            [
                (f"@{handle}", "tiktok"),
                (f"https://www.tiktok.com/@{handle}", None),
                (f"https://www.instagram.com/{handle}/", None),
            ]
        )
        await self.perform(
            Act(
                lambda: self.roster.try_add(profile, text, platform),
                lambda account: self.roll.add(profile, account),
                lambda answer: str(answer["socialAccount"]["id"]),
            )
        )

    async def _remove(self) -> None:
        if self.roll.standing:
            account = self.chance.choice(list(self.roll.standing))
            await self.perform(Act(lambda: self.roster.remove(account), lambda _: self.roll.remove(account)))

    async def _remove_profile(self) -> None:
        profile = self.chance.choice(list(self.roll.accounts))
        if profile not in self.home:
            await self.perform(
                Act(lambda: self.roster.remove_profile(profile), lambda _: self.roll.remove_profile(profile))
            )

    async def _merge(self) -> None:
        others = [profile for profile in self.roll.accounts if profile not in self.home]
        if len(others) < 2:
            return
        survivor, merged = self.chance.sample(others, 2)
        row = row_id(merged, "Profile")
        await self.perform(
            Act(
                lambda: try_merge(self.roster, survivor, merged),
                lambda name: self.roll.merge(name, survivor, merged),
                lambda answer: str(answer["merge"]["id"]),
                lambda: self.find_out(lambda: self.ledger.newest_merge(row)),
            )
        )

    async def _undo(self) -> None:
        if self.roll.merges:
            name = self.chance.choice(list(self.roll.merges))
            # Refused when the survivor was merged on.
            await self.perform(Act(lambda: try_undo(self.roster, name), lambda _: self.roll.undo(name)))

    async def _look(self) -> None:
        profile = self.chance.choice(list(self.roll.accounts))
        found = await self.look(
            "query ($id: ID!) { profile(id: $id) { id socialAccounts(first: 100) { nodes { id } } } }",
            id=profile,
        )
        if found is not None:
            seen = {node["id"] for node in found["socialAccounts"]["nodes"]}
            assert len(seen) == 100 or seen == self.roll.accounts[profile]


@contextlib.asynccontextmanager
async def under_load(actors: Sequence[Actor], *others: Awaitable[Any]) -> AsyncIterator[Load]:
    """Everybody at work while this lasts. Whoever fails ends it."""
    load = Load(actors)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(actor.run(load.go)) for actor in actors]
        tasks += [group.create_task(other) for other in others]  # type: ignore[arg-type]
        yield load
        for task in tasks:
            task.cancel()


class Load:
    """The actors together."""

    def __init__(self, actors: Sequence[Actor]) -> None:
        self.go = asyncio.Event()
        self._actors = actors

    async def pause(self) -> None:
        """Let everybody finish what was begun."""
        self.go.clear()
        async with asyncio.timeout(120):
            await asyncio.gather(*(actor.idle.wait() for actor in self._actors))


class Reader(Actor):
    """Somebody who looks at lists, for ever."""

    QUESTIONS = (
        "{ socialAccounts(first: 50) { totalCount nodes { id status handle url profile { id } } } }",
        "{ profiles(first: 50) { totalCount nodes { id socialAccounts(first: 5) { totalCount } } } }",
        "{ statusEvents(last: 50) { nodes { cursor status account { id handle } } } }",
        "{ socialAccounts(first: 20, filter: { statuses: [LINKED] }) { nodes { id metrics { __typename } } } }",
    )

    async def step(self) -> None:
        """One list."""
        await self.look(self.chance.choice(self.QUESTIONS))
