"""People of the sandbox's cast who walk through consents under fire: connect, choose, reconnect, unlink, remove."""

from __future__ import annotations

import contextlib
from typing import Any

import aiohttp

from support.browser import Browser
from support.journal import Caller, Cut
from support.ledger import Ledger
from support.load import Act, Actor
from support.roll import Roll

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")
OWN = {
    "mara": [("tiktok", "@marabakes"), ("facebook", "marabakes"), ("youtube", "@marabakes")],
    "dina": [("tiktok", "@dinatravels"), ("instagram", "@dina.eats"), ("facebook", "dinatravels")],
    "chen": [("tiktok", "@chenceramics"), ("youtube", "@chenceramics"), ("instagram", "@chen.ceramics")],
    "emil": [("tiktok", "@emil_draws")],
}
"""Who connects what. Nobody else does, so each of them knows how its accounts must stand."""


class Walker(Actor):
    """One person at a browser, with one profile."""

    def __init__(self, caller: Caller, ledger: Ledger, seed: str, person: str, browser: Browser) -> None:
        super().__init__(caller, ledger, seed)
        self.person = person
        self.browser = browser
        self.roll = Roll()
        self.home = ""
        self.linked = 0
        self.cut = 0
        self._ids: dict[tuple[str, str], str] = {}
        self._open: dict[str, str] = {}
        """Attempts whose end was not seen, and the accounts that they are for."""

    async def step(self) -> None:
        """One thing."""
        await self.settle()
        key = self.chance.choice(OWN[self.person])
        account = self._ids.get(key)
        if account is None:
            await self._add(*key)
        elif self.roll.standing[account] != "LINKED":
            await self._connect(account)
        else:
            [act] = self.chance.choices([self._connect, self._unlink, self._remove], [4, 3, 2])
            await act(account)

    async def settle(self) -> None:
        """Look what became of the attempts whose end was not seen. Their accounts are linked if they say so."""
        for attempt, account in list(self._open.items()):
            found = await self.find_out(lambda attempt=attempt: self.roster.attempt(attempt))
            if found is None or found["state"] in FINAL:
                del self._open[attempt]
            if found is not None and found["state"] == "SUCCEEDED":
                self._link(account)

    def _link(self, account: str) -> None:
        self.roll.standing[account] = "LINKED"
        self.linked += 1

    async def _add(self, platform: str, handle: str) -> None:
        def added(account: str) -> None:
            self.roll.add(self.home, account)
            self._ids[(platform, handle)] = account

        answer = await self.perform(
            Act(
                lambda: self.roster.try_add(self.home, handle, platform),
                added,
                lambda answer: str(answer["socialAccount"]["id"]),
            )
        )
        assert answer is None or answer["__typename"] == "AddSocialAccountSuccess", answer

    async def _connect(self, account: str) -> None:
        begun: list[str] = []
        answer = await self.perform(
            Act(
                lambda: self.roster.try_connect(target={"socialAccountId": account}),
                begun.append,
                lambda answer: str(answer["attempt"]["id"]),
            )
        )
        for attempt in begun:
            self._open[attempt] = account
        if not begun or answer is None:
            # Nobody has the address to open: the attempt runs out.
            return
        decision = "deny" if self.chance.random() < 0.1 else "allow"
        try:
            await self.browser.consent(answer["authorizeUrl"], self.person, decision=decision)
        except (aiohttp.ClientError, TimeoutError):
            self.cut += 1
        found = await self.find_out(lambda: self.roster.attempt(begun[0]))
        if found is not None and found["state"] == "CHOOSING":
            await self._choose(found, account)
        await self.settle()

    async def _choose(self, attempt: dict[str, Any], account: str) -> None:
        expected = [one["id"] for one in attempt["candidates"] if one["expected"]]
        await self.perform(
            Act(
                lambda: self.roster.choose(attempt["id"], expected),
                lambda _: self._open.pop(attempt["id"], None) and self._link(account),
            )
        )

    async def _unlink(self, account: str) -> None:
        def unlinked(_: str) -> None:
            self.roll.standing[account] = "UNLINKED"

        await self.perform(Act(lambda: self.roster.unlink(account), unlinked))

    async def _remove(self, account: str) -> None:
        def removed(_: str) -> None:
            self.roll.remove(account)
            self._ids = {key: one for key, one in self._ids.items() if one != account}
            # Its attempts went with it.
            self._open = {attempt: one for attempt, one in self._open.items() if one != account}

        await self.perform(Act(lambda: self.roster.remove(account), removed))

    async def move_in(self) -> None:
        """A profile of one's own."""
        with contextlib.suppress(Cut):
            self.home = await self.roster.create_profile(self.caller.name, external_id=self.caller.name)
            self.roll.create(self.home)
