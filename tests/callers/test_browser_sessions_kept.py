"""What is kept of a session: enough for the audit log, and nothing that opens anything."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from server.services.callers.api_keys import create_key, revoke_key
from server.services.callers.viewers import Role
from server.settings import JwtSettings
from support.clock import travel
from support.identity_provider import AUDIENCE, ISSUER, IdentityProvider, identity_provider
from support.page import CSRF, ORIGIN, Page, page_of
from support.rows import Rows
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.snapshots import snapshot

WHOAMI = "{ viewer { name role expiresAt profile { id } } }"


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with a page on another origin."""
    return await start_server(allowed_origins=(ORIGIN,))


async def entries(server: Server) -> list[tuple[str, str, str]]:
    """Who signed in and out, or tried to, in the order of the log."""
    rows = await server.host.database.fetch(
        "SELECT actor, action, outcome FROM audit_entry WHERE action LIKE 'sign%' ORDER BY id"
    )
    return [(row["actor"], row["action"], row["outcome"]) for row in rows]


# The audit log


async def test_signing_in_and_out_is_in_the_audit_log(server: Server) -> None:
    key = await create_key(server.host, "dina", Role.MANAGER)
    page = await page_of(server, key)
    await page.sign_out()

    name = key.partition(".")[0]
    assert await entries(server) == [(name, "signIn", "OK"), (name, "signOut", "OK")]


async def test_sign_ins_that_failed_are_there_with_their_reason(server: Server, sandbox: Sandbox) -> None:
    key, revoked = [await create_key(server.host, "dina", Role.MANAGER) for _ in range(2)]
    page, other = await page_of(server, key), await page_of(server, revoked)
    name, gone = key.partition(".")[0], revoked.partition(".")[0]
    await Page(server).sign_in(f"{name}.{'A' * 43}")
    await Page(server, cookie=f"linkroll_session={'A' * 43}").who()
    await page.send(WHOAMI, {CSRF: None})
    await revoke_key(server.host, revoked)
    await other.who()
    await travel(sandbox, server, hours=13)
    await page.who()

    failed = [entry for entry in await entries(server) if entry[2] != "OK"]

    assert failed == [
        (name, "signIn", "KEY_UNKNOWN"),
        ("?", "signIn", "SESSION_UNKNOWN"),
        ("?", "signIn", "CSRF_REQUIRED"),
        (gone, "signIn", "KEY_REVOKED"),
        (name, "signIn", "SESSION_EXPIRED"),
    ]


async def test_the_log_line_of_a_failed_sign_in_says_where_it_came_from(server: Server) -> None:
    """A newline in what was sent is no line of its own: nothing of it is logged."""
    with capture_logs() as lines:
        await Page(server).sign_in("nonsense")

    [line] = [line for line in lines if line["event"] == "refused"]
    assert (line["action"], line["outcome"], line["address"]) == ("signIn", "KEY_MALFORMED", "127.0.0.1")
    assert "nonsense" not in str(line)


# Nothing that opens anything


async def test_the_database_holds_neither_the_cookies_value_nor_the_pages_token(server: Server) -> None:
    pages = [await page_of(server, await create_key(server.host, "dina", Role.MANAGER)) for _ in range(2)]
    for page in pages:
        assert (await page.send(WHOAMI)).code is None
    await pages[1].sign_out()

    audit = await server.host.database.fetch("SELECT t::text AS line FROM audit_entry t")
    dump = str(await snapshot(server.host)) + str([row["line"] for row in audit])

    assert "browser_session" in dump and "signOut" in dump
    for page in pages:
        assert page.cookie is not None and page.token is not None
        for secret in (page.cookie.partition("=")[2], page.token):
            raw = base64.urlsafe_b64decode(secret + "=").hex()
            assert [form for form in (secret, raw, secret.encode().hex()) if form in dump] == []


# A token's session


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    """The agency's identity provider."""
    async with identity_provider(datetime.now(UTC)) as found:
        yield found


@pytest.fixture
def jwt(provider: IdentityProvider) -> JwtSettings:
    """The settings that take its tokens."""
    return JwtSettings(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks_url=provider.url,
        roles="roster-managers:manager,creators:creator",
    )


async def test_a_tokens_session_has_its_role_and_ends_with_it(
    start_server: StartServer, provider: IdentityProvider, jwt: JwtSettings, sandbox: Sandbox
) -> None:
    server = await start_server(allowed_origins=(ORIGIN,), jwt=jwt)
    page = await page_of(server, provider.token())
    viewer = (await page.send(WHOAMI)).body["data"]["viewer"]

    await travel(sandbox, server, minutes=5)

    assert (viewer["name"], viewer["role"]) == ("Dina of the agency", "MANAGER")
    assert datetime.fromisoformat(viewer["expiresAt"]) <= provider.now + timedelta(minutes=5)
    assert (await page.send(WHOAMI)).code == "UNAUTHENTICATED"


async def test_a_long_tokens_session_is_over_in_twelve_hours(
    start_server: StartServer, provider: IdentityProvider, jwt: JwtSettings
) -> None:
    server = await start_server(allowed_origins=(ORIGIN,), jwt=jwt)
    page = Page(server)

    opened = await page.sign_in(provider.token(exp=int((provider.now + timedelta(days=30)).timestamp())))

    ends_at = datetime.fromisoformat(opened.body["expiresAt"])
    assert ends_at - server.host.now() <= timedelta(hours=12)


async def test_a_creators_session_is_theirs_until_they_are_removed(
    start_server: StartServer, provider: IdentityProvider, jwt: JwtSettings
) -> None:
    server = await start_server(allowed_origins=(ORIGIN,), jwt=jwt)
    mara = await Rows(server.host).profile("Mara Linden")
    page = await page_of(server, provider.token(roles=["creators"], profile=mara))
    seen = (await page.send(WHOAMI)).body["data"]["viewer"]["profile"]

    await (await server.client()).ask(
        "mutation ($i: RemoveProfileInput!) { removeProfile(input: $i) { __typename } }", i={"id": mara}
    )

    assert seen == {"id": mara}
    async with asyncio.timeout(10):
        while (await page.who()).status != 401:
            pass


async def test_a_provider_that_is_believed_no_longer_has_no_sessions(
    start_server: StartServer, provider: IdentityProvider, jwt: JwtSettings
) -> None:
    server = await start_server(allowed_origins=(ORIGIN,), jwt=jwt)
    page = await page_of(server, provider.token())
    without = await start_server(allowed_origins=(ORIGIN,))
    another = await start_server(
        allowed_origins=(ORIGIN,), jwt=jwt.model_copy(update={"issuer": "https://id.other"})
    )

    pages = [Page(at, cookie=page.cookie, token=page.token) for at in (server, without, another)]

    assert [(await page.who()).status for page in pages] == [200, 401, 401]
