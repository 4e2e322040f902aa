"""A session's cookie counts for its own page only: browsers send it whoever makes them ask."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from server.services.callers.viewers import Role
from support.client import Client
from support.page import CSRF, ORIGIN, STRANGERS, Page, key_of, page_of, refusals
from support.server import Server, StartServer

WHOAMI = "{ viewer { role } }"
CREATE = 'mutation { createProfile(input: {displayName: "Mara", kind: INDIVIDUAL}) { __typename } }'
COUNT = "{ profiles { totalCount } }"
UNPROVEN: list[dict[str, str | None]] = [
    {"Origin": None},
    {"Origin": None, "Sec-Fetch-Site": "cross-site"},
    {"Origin": None, "Sec-Fetch-Site": "same-site"},
    {"Origin": None, "Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {CSRF: None},
    {CSRF: ""},
    {CSRF: "A" * 43},
    {CSRF: "ä"},
]


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with a page on another origin."""
    return await start_server(allowed_origins=(ORIGIN,))


@pytest.fixture
async def page(server: Server) -> Page:
    """An admin's page."""
    return await page_of(server, await key_of(server))


async def profiles(server: Server) -> int:
    """How many profiles there are."""
    client = await server.client()
    return int((await client.ask(COUNT))["totalCount"])


# By POST


async def test_a_page_of_others_changes_nothing_even_if_it_knew_the_token(server: Server, page: Page) -> None:
    answers = {name: await page.send(CREATE, {"Origin": origin}) for name, origin in STRANGERS.items()}

    assert refusals(answers) == dict.fromkeys(STRANGERS, (403, "CSRF_REQUIRED"))
    assert await profiles(server) == 0


async def test_a_request_that_does_not_prove_its_page_changes_nothing(server: Server, page: Page) -> None:
    answers = {str(changes): await page.send(CREATE, changes) for changes in UNPROVEN}

    assert refusals(answers) == dict.fromkeys(map(str, UNPROVEN), (403, "CSRF_REQUIRED"))
    assert await profiles(server) == 0


async def test_another_sessions_token_is_no_proof(server: Server, page: Page) -> None:
    """Also one of the same key: who may sign in must not act in another's browser."""
    key = await key_of(server)
    one, other = await page_of(server, key), await page_of(server, key)

    answers = [
        await one.send(CREATE, {CSRF: other.token}),
        await other.send(CREATE, {CSRF: page.token}),
    ]

    assert [answer.code for answer in answers] == ["CSRF_REQUIRED"] * 2
    assert (await one.send(CREATE)).code is None


async def test_pages_of_ours_need_no_list(start_server: StartServer) -> None:
    """By the public address, by any name that we go by, and where the browser says that it is the same origin."""
    server = await start_server(public_url="https://roster.example", allowed_hosts=("linkroll",))
    key = await key_of(server)
    page = await page_of(server, key, "https://roster.example")

    ways: list[dict[str, str | None]] = [
        {},
        {"Origin": "https://linkroll:8443", "Host": "linkroll:8443"},
        {"Origin": None, "Sec-Fetch-Site": "same-origin"},
    ]
    codes = [(await page.send(WHOAMI, way)).code for way in ways]
    without_tls = await page.send(WHOAMI, {"Origin": "http://linkroll:8443", "Host": "linkroll:8443"})

    assert codes == [None] * 3
    assert without_tls.code == "CSRF_REQUIRED"


# By GET


async def test_a_page_of_others_reads_nothing(page: Page) -> None:
    queries = {name: await page.get(WHOAMI, Origin=origin) for name, origin in STRANGERS.items()}
    shown = {name: await page.who(Origin=origin) for name, origin in STRANGERS.items()}

    assert refusals(queries) == refusals(shown) == dict.fromkeys(STRANGERS, (403, "CSRF_REQUIRED"))
    readable = [a for a in (*queries.values(), *shown.values()) if "Access-Control-Allow-Origin" in a.headers]
    assert readable == []


async def test_what_a_page_of_others_embeds_is_not_answered(page: Page) -> None:
    """An image or a script, whose request has no origin."""
    answers = [await page.get(WHOAMI, **{"Sec-Fetch-Site": site}) for site in ("cross-site", "same-site")]

    assert [answer.code for answer in answers] == ["CSRF_REQUIRED"] * 2


async def test_reading_by_get_needs_no_token(page: Page) -> None:
    ways: list[dict[str, str | None]] = [
        {},
        {"Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ]

    assert [(await page.get(WHOAMI, **way)).code for way in ways] == [None] * len(ways)
    assert (await page.get(CREATE)).code == "METHOD_NOT_ALLOWED"


# By WebSocket


async def test_a_page_of_others_opens_no_socket(page: Page) -> None:
    statuses = {}
    for name, origin in STRANGERS.items():
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with page.socket(Origin=origin):
                pass
        statuses[name] = refused.value.status

    assert statuses == dict.fromkeys(STRANGERS, 403)


async def test_a_socket_without_the_sessions_token_is_closed(server: Server, page: Page) -> None:
    other = await page_of(server, await key_of(server))
    tokens: list[Any] = [None, "", "A" * 43, 1, {"a": 1}, other.token]
    codes = []
    for token in tokens:
        async with page.socket() as socket:
            await socket.send({"type": "connection_init", "payload": {"csrfToken": token}})
            codes.append(await socket.receive())

    assert codes == [4403] * len(tokens)


async def test_a_socket_that_no_browser_vouches_for_is_closed(page: Page) -> None:
    async with page.socket(Origin=None) as socket:
        assert await page.greet(socket) == 4403


# A header beside the cookie


async def test_a_wrong_header_is_not_saved_by_a_good_cookie(page: Page) -> None:
    for header in (f"Bearer lr_{'0' * 16}.{'A' * 43}", "Bearer ", "Bearer", "", "Basic YTpi", "nonsense"):
        changes: dict[str, str | None] = {"Authorization": header}

        assert (await page.send(WHOAMI, changes)).code == "UNAUTHENTICATED", header
        assert (await page.get(WHOAMI, **changes)).code == "UNAUTHENTICATED", header
        assert (await page.who(**changes)).status == 401, header
        async with page.socket(**changes) as socket:
            assert await page.greet(socket) == 4403, header


async def test_a_wrong_key_on_a_socket_is_not_saved_by_a_good_cookie(page: Page) -> None:
    for named in (None, "", "Bearer x", 1):
        async with page.socket() as socket:
            payload = {"Authorization": named, "csrfToken": page.token}
            await socket.send({"type": "connection_init", "payload": payload})

            assert await socket.receive() == 4403, named


async def test_a_good_header_needs_no_proof_and_is_the_one_that_counts(server: Server, page: Page) -> None:
    observer = await key_of(server, Role.OBSERVER)

    answer = await page.send(WHOAMI, {"Authorization": f"Bearer {observer}", CSRF: None, "Origin": None})

    assert answer.body == {"data": {"viewer": {"role": "OBSERVER"}}}


async def test_a_cookie_is_no_key_and_a_key_no_cookie(server: Server, page: Page) -> None:
    assert page.cookie is not None
    secret = page.cookie.partition("=")[2]
    key = await key_of(server)
    keyed = Page(server, cookie=f"linkroll_session={key}")

    assert await Client(server.url, server.session, secret).error_code(WHOAMI) == "UNAUTHENTICATED"
    assert (await keyed.send(WHOAMI)).code == "UNAUTHENTICATED"
