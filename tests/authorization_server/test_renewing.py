"""Refresh tokens that a real server rotates: renewed once by whoever comes first, and honestly over after a reuse."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from linkroll_sdk import ConfigurationRejected, PlatformError, PlatformUnavailable, ReauthorizationRequired
from pydantic import SecretStr

from server.ids import row_id
from server.services.links.links import open_link
from server.services.links.probing import probe
from server.settings import LoginSettings
from server.worker.upkeep import refresh_due
from support.authorization_server import CLIENT, AuthorizationServer, serve_generic, stored_pair
from support.browser import Browser
from support.generic_oauth import GenericLogin
from support.roster import Roster
from support.server import Server, StartServer
from support.soak import rounds, soak_timeout


def later(*servers: Server, **by: float) -> None:
    """Let time pass here. The authorization server lives on in its own time, where the tokens are young."""
    for server in servers:
        server.host.clock.offset += timedelta(**by)


def number(account: str) -> int:
    """The account's row."""
    return row_id(account, "SocialAccount") or 0


@pytest.fixture
def account(linked: str) -> int:
    """Mara's linked account."""
    return number(linked)


@soak_timeout(900)
async def test_twenty_uses_in_three_servers_spend_each_refresh_token_once(
    server: Server, start_server: StartServer, provider: AuthorizationServer, account: int
) -> None:
    """A second use of one would make the server end the whole grant: it looks whether we keep our word."""
    others = [await serve_generic(GenericLogin(), start_server, provider) for _ in range(2)]
    servers = [server, *others]
    times = rounds(5, soaking=200)

    for done in range(1, times + 1):
        later(*servers, hours=2)
        links = await asyncio.gather(*(open_link(servers[n % 3].host, account) for n in range(20)))

        assert {link.version for link in links} == {done + 1}
        assert len({link.account.access_token for link in links}) == 1
        assert await provider.userinfo(links[0].account.access_token) == 200

    sent = [row["body"]["refresh_token"][0] for row in await provider.refreshes()]
    assert len(sent) == len(set(sent)) == times
    assert await provider.is_alive((await stored_pair(server))["refresh_token"])


async def test_the_old_pair_is_replaced_whole(
    server: Server, provider: AuthorizationServer, account: int
) -> None:
    before = await stored_pair(server)
    later(server, hours=2)

    await open_link(server.host, account)

    after = await stored_pair(server)
    assert before["access_token"] != after["access_token"]
    assert before["refresh_token"] != after["refresh_token"]
    assert await provider.is_alive(after["refresh_token"])


async def test_after_a_reuse_by_somebody_else_the_account_says_what_to_do_and_comes_back(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, linked: str
) -> None:
    """A copy of an old refresh token is tried: the server takes it for a theft, and ends the whole family."""
    stolen = (await stored_pair(server))["refresh_token"]
    later(server, hours=2)
    await open_link(server.host, number(linked))
    status, refused = await provider.post("/token", grant_type="refresh_token", refresh_token=stolen)
    assert (status, refused["error"]) == (400, "invalid_grant")
    assert not await provider.is_alive((await stored_pair(server))["refresh_token"])

    await probe(server.host, number(linked))

    account = await roster.account(linked)
    assert (account["status"], account["statusReason"]) == ("INVALID", "ACCESS_REVOKED")
    assert account["nextAction"] == "RECONNECT"
    attempt, _ = await roster.walk(browser, "mara", linked)
    assert attempt["state"] == "SUCCEEDED" and await roster.status(linked) == "LINKED"


async def test_when_the_servers_answer_is_lost_the_link_is_honestly_over(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    """
    The server has rotated, the new pair never came: asking again with the old one is a reuse to it.

    No client can know better. What counts: nothing is said before it is known, and then it is said.
    """
    later(server, hours=2)
    await provider.control("PUT", "faults", [{"path": "/token", "kind": "cut_after"}])
    with pytest.raises(PlatformUnavailable):
        await open_link(server.host, number(linked))
    assert await roster.status(linked) == "LINKED"

    later(server, minutes=2)
    await refresh_due(server.host, "generic")

    account = await roster.account(linked)
    assert (account["status"], account["statusReason"]) == ("INVALID", "ACCESS_REVOKED")
    assert account["nextAction"] == "RECONNECT"
    assert len(await provider.refreshes()) == 2


TROUBLE = {
    "503": {"status": 503},
    "500 with a grant's word": {"status": 500, "body": {"error": "invalid_grant"}},
    "429": {"status": 429, "body": {"error": "slow_down"}},
    "a redirect": {"status": 302},
    "a word nobody knows": {"status": 400, "body": {"error": "on_strike"}},
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
async def test_trouble_at_the_server_kills_no_account_and_passes(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str, trouble: dict[str, object]
) -> None:
    later(server, hours=2)
    await provider.control("PUT", "faults", [{"path": "/token", **trouble}])
    with pytest.raises(PlatformError) as refused:
        await open_link(server.host, number(linked))
    assert not isinstance(refused.value, ReauthorizationRequired)
    assert await roster.status(linked) == "LINKED"

    later(server, minutes=2)

    assert (await open_link(server.host, number(linked))).version == 2
    assert len(await provider.refreshes()) == 2


async def test_a_wrong_secret_is_the_operators_and_kills_no_account(
    server: Server, start_server: StartServer, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    mistyped = LoginSettings(client_id=CLIENT, client_secret=SecretStr("mistyped"))
    mistaken = await serve_generic(GenericLogin(), start_server, provider, logins={"generic": mistyped})
    later(server, mistaken, hours=2)

    with pytest.raises(ConfigurationRejected):
        await open_link(mistaken.host, number(linked))

    assert [row["status"] for row in await provider.refreshes()] == [401]
    assert await roster.status(linked) == "LINKED"
    told = await roster.client.ask("{ operatorNotices { nodes { kind subject detail } } }")
    assert [(n["kind"], n["subject"]) for n in told["nodes"]] == [("APP_REFUSED", "generic")]
    assert "invalid_client" in told["nodes"][0]["detail"] and "mistyped" not in str(told)
    later(server, minutes=2)
    assert (await open_link(server.host, number(linked))).version == 2
