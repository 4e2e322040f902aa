"""All that ends a page's session: its user, its key, the clock, another session."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from server.services.callers.api_keys import revoke_key
from server.services.callers.browser_sessions import SESSIONS_PER_CALLER, open_session, prune_sessions
from server.services.callers.viewers import Role, Viewer
from support.clock import travel
from support.databases import Databases
from support.page import ORIGIN, Page, key_of, page_of
from support.sandbox import Sandbox
from support.server import Server, StartServer

WHOAMI = "{ viewer { name role scope expiresAt } }"
CREATE = 'mutation { createProfile(input: {displayName: "Mara", kind: INDIVIDUAL}) { __typename } }'


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with a page on another origin."""
    return await start_server(allowed_origins=(ORIGIN,))


async def test_who_signs_out_is_out_in_every_process_though_the_cookie_is_kept(
    start_server: StartServer,
) -> None:
    one, other = [await start_server(allowed_origins=(ORIGIN,)) for _ in range(2)]
    page = await page_of(one, await key_of(one))
    elsewhere = Page(other, cookie=page.cookie, token=page.token)
    assert (await elsewhere.send(WHOAMI)).code is None

    out = await page.sign_out()

    assert (out.status, out.headers["Set-Cookie"].partition(";")[0]) == (204, 'linkroll_session=""')
    assert (await page.send(WHOAMI)).code == await elsewhere.first_refusal() == "UNAUTHENTICATED"
    assert (await elsewhere.who()).status == 401


async def test_signing_out_again_changes_nothing(server: Server) -> None:
    page, other = [await page_of(server, await key_of(server)) for _ in range(2)]

    statuses = [(await page.sign_out()).status for _ in range(2)]

    assert statuses == [204, 204]
    assert (await other.send(WHOAMI)).code is None


async def test_a_session_that_nobody_used_for_an_hour_is_over(server: Server, sandbox: Sandbox) -> None:
    page = await page_of(server, await key_of(server))

    await travel(sandbox, server, minutes=58)
    before = await page.send(WHOAMI)
    await travel(sandbox, server, minutes=58)
    used = await page.send(WHOAMI)
    await travel(sandbox, server, minutes=61)

    assert before.code is used.code is None
    assert (await page.send(WHOAMI)).code == "UNAUTHENTICATED"
    assert (await page.who()).status == 401


async def test_a_session_that_is_used_elsewhere_is_not_idle_here(
    start_server: StartServer, sandbox: Sandbox
) -> None:
    servers = [await start_server(allowed_origins=(ORIGIN,)) for _ in range(2)]
    page = await page_of(servers[0], await key_of(servers[0]))
    elsewhere = Page(servers[1], cookie=page.cookie, token=page.token)
    assert (await elsewhere.send(WHOAMI)).code is None
    for _ in range(2):
        await travel(sandbox, *servers, minutes=50)
        assert (await page.send(WHOAMI)).code is None

    assert (await elsewhere.send(WHOAMI)).code is None


async def test_a_session_is_over_after_twelve_hours_however_busy(server: Server, sandbox: Sandbox) -> None:
    page = await page_of(server, await key_of(server))
    for _ in range(14):
        await travel(sandbox, server, minutes=50)
        assert (await page.send(WHOAMI)).code is None

    await travel(sandbox, server, minutes=25)

    assert (await page.send(WHOAMI)).code == "UNAUTHENTICATED"


async def test_the_operator_sets_both_ends(start_server: StartServer, sandbox: Sandbox) -> None:
    server = await start_server(allowed_origins=(ORIGIN,), session_hours=1, session_idle_minutes=10)
    idle, busy = [await page_of(server, await key_of(server)) for _ in range(2)]
    for _ in range(6):
        await travel(sandbox, server, minutes=9)
        assert (await busy.send(WHOAMI)).code is None
    idle_code = (await idle.send(WHOAMI)).code

    await travel(sandbox, server, minutes=7)

    assert idle_code == (await busy.send(WHOAMI)).code == "UNAUTHENTICATED"


async def test_a_session_ends_with_its_key(server: Server, sandbox: Sandbox) -> None:
    key = await key_of(server, lasts=timedelta(minutes=30))
    page = Page(server)
    opened = await page.sign_in(key)

    await travel(sandbox, server, minutes=31)

    left = datetime.fromisoformat(opened.body["expiresAt"]) - server.host.now()
    assert left < timedelta()
    assert (await page.send(WHOAMI)).code == "UNAUTHENTICATED"


async def test_a_revoked_key_ends_its_sessions_and_no_others(server: Server) -> None:
    key, other = await key_of(server), await key_of(server)
    pages = [await page_of(server, key) for _ in range(2)]
    stays = await page_of(server, other)

    assert await revoke_key(server.host, key)

    assert [await page.first_refusal() for page in pages] == ["UNAUTHENTICATED"] * 2
    assert (await stays.send(WHOAMI)).code is None


async def test_one_who_signs_in_anew_has_a_new_session_and_the_old_one_is_over(server: Server) -> None:
    key = await key_of(server)
    page = await page_of(server, key)
    old = Page(server, cookie=page.cookie, token=page.token)

    await page.sign_in(key)

    assert page.cookie != old.cookie and page.token != old.token
    assert (await old.send(WHOAMI)).code == "UNAUTHENTICATED"
    assert (await page.send(WHOAMI)).code is None


async def test_a_session_that_was_planted_on_a_browser_is_not_the_one_that_it_signs_in_to(
    server: Server,
) -> None:
    """Whoever planted it would otherwise be let in with the victim."""
    planter = await page_of(server, await key_of(server, Role.OBSERVER))
    made_up = f"linkroll_session={'B' * 43}"
    victims = [Page(server, cookie=cookie) for cookie in (planter.cookie, made_up)]

    for victim in victims:
        await victim.sign_in(await key_of(server))

    assert {planter.cookie, made_up}.isdisjoint({victim.cookie for victim in victims})
    assert await planter.first_refusal() == "UNAUTHENTICATED"
    assert (await Page(server, cookie=made_up).who()).status == 401


async def test_a_further_session_of_a_full_key_ends_the_one_that_was_used_longest_ago(
    server: Server, sandbox: Sandbox
) -> None:
    key = await key_of(server)
    first, second = [await page_of(server, key) for _ in range(2)]
    await travel(sandbox, server, minutes=5)
    assert (await first.send(WHOAMI)).code is None
    viewer = Viewer(key.partition(".")[0].removeprefix("lr_"), "admin", Role.ADMIN)
    for _ in range(SESSIONS_PER_CALLER - 2):
        await open_session(server.host, viewer, None)

    newest = await page_of(server, key)

    rows = await server.host.database.fetch("SELECT 1 FROM browser_session")
    assert len(rows) == SESSIONS_PER_CALLER
    assert await second.first_refusal() == "UNAUTHENTICATED"
    assert (await first.send(WHOAMI)).code is (await newest.send(WHOAMI)).code is None


async def test_sessions_that_are_over_are_cleared_up_and_no_others(server: Server, sandbox: Sandbox) -> None:
    revoked, idle, expiring, stays = [
        await key_of(server, lasts=timedelta(minutes=55) if name == "expiring" else None)
        for name in ("revoked", "idle", "expiring", "stays")
    ]
    await page_of(server, idle)
    await travel(sandbox, server, minutes=50)
    page = await page_of(server, stays)
    for key in (revoked, expiring):
        await page_of(server, key)
    assert await revoke_key(server.host, revoked)
    assert await prune_sessions(server.host) == 1
    await travel(sandbox, server, minutes=11)

    pruned = await prune_sessions(server.host)

    assert (pruned, await prune_sessions(server.host)) == (2, 0)
    assert (await page.send(WHOAMI)).code is None


async def test_while_the_database_is_away_nobody_signs_in_or_out_and_afterwards_all_is_as_before(
    server: Server, databases: Databases, database_url: str
) -> None:
    key = await key_of(server)
    page = await page_of(server, key)

    async with databases.away(database_url):
        away = [await Page(server).sign_in(key), await page.sign_out()]

    assert [(answer.status, answer.code) for answer in away] == [(503, "SERVICE_UNAVAILABLE")] * 2
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in away)
    async with asyncio.timeout(20):
        while (answer := await page.send(WHOAMI)).code is not None:
            assert answer.code == "SERVICE_UNAVAILABLE"
