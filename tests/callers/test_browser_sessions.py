"""A page gives its key away for a session: what opens one, and what it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from server.services.callers.api_keys import keys_changed
from server.services.callers.viewers import Role, Scope
from server.settings import Settings
from support.clock import travel
from support.page import ORIGIN, Page, key_of, page_of
from support.sandbox import Sandbox
from support.server import Server, StartServer

WHOAMI = "{ viewer { name role scope expiresAt } }"
CREATE = 'mutation { createProfile(input: {displayName: "Mara", kind: INDIVIDUAL}) { __typename } }'


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with a page on another origin."""
    return await start_server(allowed_origins=(ORIGIN,))


# What it is


async def test_a_key_opens_a_session_that_says_who_is_in_and_until_when(server: Server) -> None:
    page = Page(server)

    answer = await page.sign_in(await key_of(server, Role.OBSERVER))

    assert answer.status == 201
    assert answer.body.keys() == {"name", "role", "scope", "expiresAt", "csrfToken"}
    assert (answer.body["name"], answer.body["role"], answer.body["scope"]) == (
        "observer",
        "OBSERVER",
        "FULL",
    )
    left = datetime.fromisoformat(answer.body["expiresAt"]) - server.host.now()
    assert timedelta(hours=11, minutes=55) < left <= timedelta(hours=12)


async def test_the_cookie_stays_with_us_and_away_from_scripts(start_server: StartServer) -> None:
    plain = await start_server()
    secure = await start_server(public_url="https://roster.example")

    cookies = [
        (await Page(server, None).sign_in(await key_of(server))).headers["Set-Cookie"]
        for server in (plain, secure)
    ]

    names = [cookie.partition("=")[0] for cookie in cookies]
    attributes = [set(cookie.split("; ")[1:]) for cookie in cookies]
    assert names == ["linkroll_session", "__Host-linkroll_session"]
    assert attributes[0] == {"HttpOnly", "Path=/", "SameSite=strict"}
    assert attributes[1] == {"HttpOnly", "Path=/", "SameSite=strict", "Secure"}


async def test_the_cookie_alone_is_the_caller_of_the_key(server: Server) -> None:
    page = await page_of(server, await key_of(server, Role.MANAGER))

    posted, got = await page.send(WHOAMI), await page.get(WHOAMI)
    created = await page.send(CREATE)
    async with page.socket() as socket:
        assert (await page.greet(socket))["type"] == "connection_ack"
        await socket.start("1", WHOAMI)
        told = await socket.result("1")

    assert posted.body == got.body == told
    assert posted.body["data"]["viewer"]["role"] == "MANAGER"
    assert created.body["data"]["createProfile"]["__typename"] == "CreateProfileSuccess"


async def test_the_session_tells_its_page_again_who_is_in(server: Server) -> None:
    """After a reload the page knows nothing, and cannot read its cookie."""
    page = Page(server)
    opened = await page.sign_in(await key_of(server))
    page.token = None

    again = await page.who()

    assert (again.status, again.body) == (200, opened.body)


async def test_a_session_may_no_more_than_its_key(server: Server) -> None:
    reader = await page_of(server, await key_of(server, scope=Scope.READ))

    assert (await reader.send(CREATE)).code == "FORBIDDEN"
    assert (await reader.send(WHOAMI)).body["data"]["viewer"]["scope"] == "READ"


async def test_what_a_key_may_is_looked_up_and_not_remembered(server: Server) -> None:
    page = await page_of(server, await key_of(server))
    await page.send(WHOAMI)

    async with server.host.database.transaction() as transaction:
        await transaction.execute("UPDATE api_key SET role = 'observer', scope = 'read'")
        await keys_changed(transaction)

    assert await page.first_refusal(CREATE) == "FORBIDDEN"
    assert (await page.who()).body["role"] == "OBSERVER"


async def test_a_session_is_not_prolonged_by_itself(server: Server) -> None:
    page = await page_of(server, await key_of(server))

    again = await page.sign_in(None)

    assert (again.status, again.code) == (401, "UNAUTHENTICATED")
    assert "Set-Cookie" not in again.headers


async def test_without_a_session_there_is_nobody_to_show(server: Server) -> None:
    none, dead = Page(server), await page_of(server, await key_of(server))
    await dead.sign_out()

    answers = [await page.who() for page in (none, dead)]

    assert [(answer.status, answer.code) for answer in answers] == [(401, "UNAUTHENTICATED")] * 2


async def test_a_cookie_is_taken_back_where_it_is_dead_and_nowhere_else(server: Server) -> None:
    """Requests beside a dead one would be held to a proof that their page cannot have any more."""
    key = await key_of(server)
    page = await page_of(server, key)
    live = [
        await page.who(),
        await page.who(Authorization=f"Bearer {key}"),
        await page.sign_out(Authorization=f"Bearer {key}"),
    ]
    await page.sign_out()

    dead = await page.who()

    assert [answer.status for answer in live] == [200, 401, 401]
    assert [answer for answer in live if "Set-Cookie" in answer.headers] == []
    assert "Max-Age=0" in dead.headers["Set-Cookie"]


# What it costs


async def test_reading_is_not_writing_but_once_a_minute(start_server: StartServer, sandbox: Sandbox) -> None:
    statements: list[str] = []
    server = await start_server(observe=statements.append, allowed_origins=(ORIGIN,))
    page = await page_of(server, await key_of(server))
    assert (await page.send(WHOAMI)).code is None

    statements.clear()
    for _ in range(10):
        await page.send(WHOAMI)
        await page.get(WHOAMI)
    in_a_minute = [text for text in statements if "browser_session" in text]
    await travel(sandbox, server, minutes=2)
    for _ in range(10):
        await page.send(WHOAMI)
    written = [text for text in statements if text.startswith("UPDATE browser_session")]

    assert in_a_minute == []
    assert len(written) == 1


# Who may not


async def test_sign_ins_are_limited_by_address(start_server: StartServer) -> None:
    """Good ones, too: each writes. Who is in goes on."""
    server = await start_server(anonymous_rate_per_second=35, allowed_origins=(ORIGIN,))
    page = await page_of(server, await key_of(server))

    answers = [await Page(server).sign_in(f"lr_{'0' * 16}.{'A' * 43}") for _ in range(2)]
    good = await Page(server).sign_in(await key_of(server))

    assert [answer.status for answer in answers] == [401, 429]
    assert answers[-1].code == "RATE_LIMITED" and int(answers[-1].headers["Retry-After"]) >= 1
    assert good.status == 429
    assert (await page.send(WHOAMI)).code is None


async def test_guessing_sessions_is_limited_by_address(start_server: StartServer) -> None:
    server = await start_server(anonymous_rate_per_second=1, allowed_origins=(ORIGIN,))

    answers = [await Page(server, cookie=f"linkroll_session={'A' * 43}").who() for _ in range(12)]

    assert (answers[0].status, answers[-1].code) == (401, "RATE_LIMITED")


@pytest.mark.parametrize("hours", [0, 169])
def test_a_session_without_a_sensible_end_is_refused_as_a_setting(hours: int) -> None:
    with pytest.raises(ValueError, match="session_hours"):
        Settings(session_hours=hours)
