"""Several processes on one link, some of them killed: it goes on, or it is over and says so."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from conftest import VAULT_KEY

from server.ids import row_id
from server.worker.upkeep import refresh_due
from support.authorization_server import AuthorizationServer, stored_pair
from support.browser import Browser
from support.generic_user import GenericNursery, open_generic_nursery
from support.refresher import name_of, outcome
from support.roster import Roster
from support.server import Server
from support.soak import rounds, soak_timeout
from support.steps import until


@pytest.fixture(scope="session")
def nursery() -> Iterator[GenericNursery]:
    """Processes that use links."""
    with open_generic_nursery(VAULT_KEY) as opened:
        yield opened


@pytest.fixture
def account(linked: str) -> int:
    """Mara's linked account, as a row."""
    return row_id(linked, "SocialAccount") or 0


def later(server: Server, **by: float) -> None:
    """Let time pass here."""
    server.host.clock.offset += timedelta(**by)


async def answer_late(provider: AuthorizationServer, seconds: float) -> None:
    """The next answer with tokens comes that late, though all is done by then."""
    await provider.control("PUT", "faults", [{"path": "/token", "kind": "delay_after", "seconds": seconds}])


@soak_timeout(120)
async def test_sixty_uses_in_three_processes_spend_one_refresh_token(
    server: Server, provider: AuthorizationServer, account: int, nursery: GenericNursery
) -> None:
    later(server, hours=2)
    await answer_late(provider, 1)

    users = [await nursery.start(server, account, times=20) for _ in range(3)]
    names = {name for user in users for name in await user.outcomes()}

    pair = await stored_pair(server)
    assert names == {name_of(pair["access_token"])}
    assert [row["status"] for row in await provider.refreshes()] == [200]
    assert await provider.is_alive(pair["refresh_token"])


@soak_timeout(120)
async def test_who_is_killed_before_the_answer_came_leaves_an_account_that_says_so(
    server: Server,
    roster: Roster,
    browser: Browser,
    provider: AuthorizationServer,
    nursery: GenericNursery,
    linked: str,
    account: int,
) -> None:
    """The server has rotated, and the new pair died with the process: the old one is a reuse from here on."""
    later(server, hours=2)
    await answer_late(provider, 30)

    async def is_rotated() -> bool:
        return any(row.get("done") for row in await provider.refreshes())

    user = await nursery.start(server, account)
    await until(is_rotated)
    await user.kill()
    assert await roster.status(linked) == "LINKED"

    later(server, minutes=3)
    await refresh_due(server.host, "generic")

    found = await roster.account(linked)
    assert (found["status"], found["statusReason"]) == ("INVALID", "ACCESS_REVOKED")
    assert found["nextAction"] == "RECONNECT"
    await roster.walk(browser, "mara", linked)
    assert await outcome(server.host, account) == name_of((await stored_pair(server))["access_token"])


@soak_timeout(900)
async def test_whoever_is_killed_at_any_moment_the_link_works_or_is_honestly_over(
    server: Server,
    roster: Roster,
    browser: Browser,
    provider: AuthorizationServer,
    nursery: GenericNursery,
    linked: str,
    account: int,
) -> None:
    ends: list[str] = []
    for _ in range(rounds(3, soaking=150)):
        later(server, hours=2)
        user = await nursery.start(server, account, times=5)
        await asyncio.sleep(random.uniform(0, 0.15))
        await user.kill()
        later(server, minutes=3)

        used = await outcome(server.host, account)

        found = await roster.account(linked)
        ends.append(found["status"])
        if found["status"] == "LINKED":
            pair = await stored_pair(server)
            assert used == name_of(pair["access_token"])
            assert await provider.userinfo(pair["access_token"]) == 200
        else:
            assert (found["statusReason"], found["nextAction"]) == ("ACCESS_REVOKED", "RECONNECT")
            await roster.walk(browser, "mara", linked)
            assert await roster.status(linked) == "LINKED"

    print(f"{ends.count('LINKED')} of {len(ends)} went on, the others asked for a consent and came back")
