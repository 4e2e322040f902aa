"""Everything that must be true of an installation whose parts were killed, however and whenever it was."""

from __future__ import annotations

import contextlib
import json
from itertools import zip_longest
from typing import Any

from support.fleet import until
from support.followers import Follower, Told
from support.load import Desk
from support.siege import Siege
from support.tokens import SHOWN, living_tokens
from support.walkers import Walker

HONEST = ("LINKED", "ACCESS_REVOKED")
"""How an account may stand that was linked: a pair of tokens that died with a process ends the link, and says so."""


class Aftermath:
    """The checks of one siege, for moments in which nobody asks for anything."""

    def __init__(self, siege: Siege) -> None:
        self.siege = siege
        self.ledger = siege.ledger
        self.journal = siege.journal

    async def check(self) -> None:
        """Everything that can be checked while nobody asks for anything."""
        surprises = self.journal.surprises
        assert surprises == [], [(what, self.siege.fleet.said_of(what.split()[0])) for what in surprises]
        await self.ledger.check_rules()
        await self.check_acts()
        await self.check_roster()
        await self.check_followers()

    async def check_acts(self) -> None:
        """What was acknowledged is in the audit log, what was refused is not, and nothing else is either."""
        done = await self.ledger.done()
        known = {**self.journal.acknowledged, **self.journal.unknown}
        mine = {one: action for one, action in done.items() if one is not None}
        lost = {one: act for one, act in self.journal.acknowledged.items() if mine.get(one) != act}
        made_up = {one: act for one, act in mine.items() if known.get(one) != act}
        assert (lost, made_up) == ({}, {}), (lost, made_up)

    async def check_roster(self) -> None:
        """The roster is what the actors know: nothing is missing, nothing is half there, nothing is more."""

        async def differences() -> list[Any]:
            for walker in self.siege.walkers:
                await walker.settle()
            found, expected = await self.ledger.roster(), self.expected()
            return _differences(*found, *expected)

        async def is_so() -> bool:
            return not await differences()

        # A consent whose browser was cut off may still be on its way to the database.
        with contextlib.suppress(TimeoutError):
            await until(is_so, 10)
        found = await differences()
        assert found == [], found

    def expected(self) -> tuple[dict[str, str | None], dict[str, tuple[str, str]]]:
        """The roster as the actors know it."""
        profiles: dict[str, str | None] = {}
        accounts: dict[str, tuple[str, str]] = {}
        for roll in (actor.roll for actor in self.siege.actors if isinstance(actor, Desk | Walker)):
            profiles |= {**dict.fromkeys(roll.accounts), **roll.merged_into}
            for profile, held in roll.accounts.items():
                accounts |= {account: (profile, roll.standing[account]) for account in held}
        return profiles, accounts

    async def check_followers(self) -> None:
        """Each was told exactly what the table holds for it, in its order: nothing missing, nothing twice."""
        for follower, where in self.siege.followers:
            expected = await self.ledger.events(self.siege.begun_at, where)

            async def is_there(follower: Follower = follower, number: int = len(expected)) -> bool:
                return len(follower.told) >= number

            with contextlib.suppress(TimeoutError):
                await until(is_there, 30)
            wrong = told_wrongly(follower.told, expected)
            assert not wrong and not follower.oddities, (follower.name, wrong, follower.oddities)

    async def check_nothing_is_stuck(self) -> None:
        """Every attempt has ended, no refresh is in doubt, nobody dead holds a lease."""
        open_ones = await self.ledger.fetch("SELECT id FROM connect_attempt WHERE finished_at IS NULL")
        doubts = await self.ledger.fetch(
            "SELECT id FROM oauth_grant WHERE dead_at IS NULL AND (refresh_started_version = version)"
            " UNION ALL SELECT grant_id FROM refresh_journal"
        )
        assert (open_ones, doubts) == ([], []), (open_ones, doubts)

    async def check_links_live(self) -> int:
        """What counts as linked lives at its platform, and what does not says why; how many links live."""
        living = await living_tokens(self.siege.sandbox)
        rows = await self.ledger.fetch(
            "SELECT a.id AS account, g.id, g.login, g.sealed_tokens FROM social_account a JOIN oauth_grant g"
            " ON g.id = a.grant_id WHERE a.invalidated_at IS NULL AND a.authenticated_at IS NOT NULL"
        )
        for row in rows:
            held = json.loads(self.ledger.open_tokens(row)).values()
            assert {str(token)[:SHOWN] for token in held} & living, (row["account"], row["login"])
        silent = await self.ledger.fetch(
            "SELECT id FROM social_account WHERE invalidated_at IS NOT NULL AND status_evidence IS NULL"
        )
        assert silent == [], silent
        return len(rows)

    async def check_schema_tells_the_same(self) -> None:
        """What the schema lists is what the tables hold."""
        caller = self.siege.actors[0].caller
        seen: dict[str, str] = {}
        after = None
        while True:
            page = await caller.ask(
                "query ($after: String) { socialAccounts(first: 100, after: $after) {"
                " totalCount nodes { id profile { id } } pageInfo { hasNextPage endCursor } } }",
                after=after,
            )
            seen |= {node["id"]: node["profile"]["id"] for node in page["nodes"]}
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        _, accounts = self.expected()
        assert seen == {account: profile for account, (profile, _) in accounts.items()}
        assert page["totalCount"] == len(accounts)


def told_wrongly(told: list[Told], expected: list[Told]) -> list[Any]:
    """Where what a follower was told leaves the table: place, what it was told there, what it should have been."""
    pairs = enumerate(zip_longest(told, expected))
    return [(n, *pair) for n, pair in pairs if n < len(expected) and pair[0] != pair[1]][:5]


def _differences(
    profiles: dict[str, str | None],
    accounts: dict[str, tuple[str, str]],
    expected_profiles: dict[str, str | None],
    expected_accounts: dict[str, tuple[str, str]],
) -> list[Any]:
    """Where two rosters differ: what, as it is, and as it should be."""
    found: list[Any] = [
        (one, profiles.get(one, "gone"), expected_profiles.get(one, "gone"))
        for one in {**profiles, **expected_profiles}
        if profiles.get(one, "gone") != expected_profiles.get(one, "gone")
    ]
    for one in {**accounts, **expected_accounts}:
        is_so, should = accounts.get(one), expected_accounts.get(one)
        if is_so == should:
            continue
        if is_so and should and is_so[0] == should[0] and should[1] == "LINKED" and is_so[1] in HONEST:
            continue
        found.append((one, is_so, should))
    return found
