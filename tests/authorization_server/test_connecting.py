"""A consent at an authorization server that others wrote ends linked: code flow, PKCE, and no secret astray."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from linkroll_sdk import (
    AuthorizeRequest,
    ClientConfig,
    CodeExchange,
    ConfigurationRejected,
    Grant,
    Http,
    Pkce,
)
from pydantic import SecretStr
from yarl import URL

from server.settings import LoginSettings
from support.authorization_server import CLIENT, SECRET, AuthorizationServer, serve_generic, stored_pair
from support.browser import Browser
from support.generic_oauth import GenericLogin
from support.roster import Roster
from support.server import Server, StartServer

SCOPES = ["offline_access", "openid", "profile", "stats.read"]


async def test_a_consent_ends_linked_with_tokens_that_the_server_takes(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    attempt, landing = await roster.walk(browser, "mara", mara)

    assert attempt["state"] == "SUCCEEDED", attempt
    account = await roster.account(mara)
    assert (account["status"], account["platformId"], account["handle"]) == ("LINKED", "5f1c0a", "mara")
    assert account["grantedScopes"] == SCOPES
    assert landing.status == 200 and set(URL(landing.url).query) == {"attempt"}
    pair = await stored_pair(server)
    # The ID token that came along is nothing that linkroll looks at, so it is not kept either.
    assert set(pair) == {"access_token", "refresh_token"}
    assert await provider.userinfo(pair["access_token"]) == 200
    assert await provider.is_alive(pair["refresh_token"])


async def test_the_consent_is_asked_for_as_the_standards_say(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    await roster.walk(browser, "mara", mara)

    [asked] = await provider.requests(path="/authorize")
    [exchange] = await provider.code_exchanges()
    query, body = asked["query"], exchange["body"]
    assert query["response_type"] == ["code"] and query["code_challenge_method"] == ["S256"]
    assert sorted(query["scope"][0].split()) == SCOPES
    assert query["redirect_uri"] == body["redirect_uri"] == [f"{server.url}/oauth/generic/callback"]
    [verifier] = body["code_verifier"]
    assert 43 <= len(verifier) <= 128
    assert query["code_challenge"] == [challenge(verifier)]


def challenge(verifier: str) -> str:
    """RFC 7636 4.2, written down a second time."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def test_verifier_secret_and_tokens_stand_in_no_address(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    attempt, landing = await roster.walk(browser, "mara", mara)

    [exchange] = await provider.code_exchanges()
    [verifier] = exchange["body"]["code_verifier"]
    kept = {verifier, SECRET, *(await stored_pair(server)).values()}
    seen = str([landing, attempt, [row["query"] for row in await provider.requests()]])
    assert not [secret for secret in kept if str(secret) in seen]


async def test_each_start_has_a_state_and_a_verifier_of_its_own(
    roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    for _ in range(3):
        await roster.walk(browser, "mara", mara)

    asked = [row["query"] for row in await provider.requests(path="/authorize")]
    verifiers = [row["body"]["code_verifier"][0] for row in await provider.code_exchanges()]
    assert len({query["state"][0] for query in asked}) == 3
    assert len(set(verifiers)) == 3
    # 256 bits: 43 characters of 64 each.
    assert all(len(query["state"][0]) == 43 for query in asked)


class Altering(GenericLogin):
    """Sends another verifier than the one whose challenge was sent."""

    def __init__(self, verifier: str | None) -> None:
        self.verifier = verifier

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        return await super().exchange(http, client, replace(exchange, code_verifier=self.verifier))


@pytest.mark.parametrize("verifier", ["a" * 43, None], ids=["another", "none"])
async def test_the_server_refuses_a_code_without_its_verifier(
    start_server: StartServer, browser: Browser, provider: AuthorizationServer, verifier: str | None
) -> None:
    """That linkroll sends one would mean nothing if nobody looked at it."""
    server = await serve_generic(Altering(verifier), start_server, provider)
    await provider.register(server)
    roster = await server.roster()
    profile = await roster.create_profile("Mara Linden")

    attempt, _ = await roster.walk(browser, "mara", profile=profile, platform="generic")

    assert [row["status"] for row in await provider.code_exchanges()] == [400]
    assert attempt["outcome"]["__typename"] == "CodeRejected"
    assert await server.sealed_tokens() == {}


class WithoutPkce(GenericLogin):
    """Leaves the challenge out."""

    pkce = Pkce.NONE


async def test_the_server_asks_nobody_for_a_consent_without_a_challenge(
    start_server: StartServer, browser: Browser, provider: AuthorizationServer
) -> None:
    server = await serve_generic(WithoutPkce(), start_server, provider)
    await provider.register(server)
    roster = await server.roster()
    profile = await roster.create_profile("Mara Linden")
    attempt, authorize_url = await roster.begin(profile=profile, platform="generic")

    await browser.get(authorize_url)

    outcome = (await roster.attempt(attempt))["outcome"]
    assert (outcome["__typename"], outcome["platformCode"]) == ("ConsentFailed", "invalid_request")


async def test_a_code_that_is_brought_into_another_persons_consent_is_refused(
    server: Server,
    roster: Roster,
    new_browser: Callable[[], Browser],
    provider: AuthorizationServer,
    mara: str,
) -> None:
    """A stolen code, put into the thief's own answer. Only PKCE tells: state, browser and client are all right."""
    _, maras = await roster.walk_halfway(new_browser(), "mara", mara)
    dina = await roster.create_profile("Dina Haddad")
    thief = new_browser()
    attempt, dinas = await roster.walk_halfway(thief, "dina", profile=dina, platform="generic")

    await thief.get(str(URL(dinas).update_query(code=URL(maras).query["code"])))

    assert [row["status"] for row in await provider.code_exchanges()] == [400]
    assert (await roster.attempt(attempt))["outcome"]["__typename"] == "CodeRejected"
    assert await server.sealed_tokens() == {}


async def test_only_the_redirect_uri_that_is_entered_gets_an_answer(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    await provider.register(server, redirect_uris=[f"{server.url}/oauth/generic/callback/"])
    attempt, authorize_url = await roster.begin(mara)

    landing = await browser.get(authorize_url)

    assert landing.status == 400 and URL(landing.url).path.endswith("/authorize")
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_nothing_in_a_request_changes_the_redirect_uri(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    """Neither on the way there nor on the way back, where the token request repeats it."""
    browser.session.headers.update(
        {
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Port": "444",
            "Forwarded": "host=evil.example;proto=https",
        }
    )
    attempt, callback = await roster.walk_halfway(browser, "mara", mara)
    async with browser.session.get(callback, allow_redirects=False, headers={"Host": "evil.example"}) as lied:
        assert lied.status == 421

    await browser.get(callback)

    [asked] = await provider.requests(path="/authorize")
    [exchange] = await provider.code_exchanges()
    uris = [asked["query"]["redirect_uri"], exchange["body"]["redirect_uri"]]
    assert uris == [[f"{server.url}/oauth/generic/callback"]] * 2
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_a_permission_that_was_declined_is_named(
    roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    attempt, _ = await roster.walk(browser, "mara", mara, form={"declined": ["stats.read"]})

    assert attempt["outcome"]["__typename"] == "ScopesMissing"
    assert attempt["outcome"]["missing"] == ["stats.read"]


async def test_a_wrong_secret_is_told_to_the_person_as_the_operators_and_to_the_operator(
    start_server: StartServer, browser: Browser, provider: AuthorizationServer
) -> None:
    mistyped = LoginSettings(client_id=CLIENT, client_secret=SecretStr("mistyped"))
    server = await serve_generic(GenericLogin(), start_server, provider, logins={"generic": mistyped})
    await provider.register(server)
    roster = await server.roster()
    profile = await roster.create_profile("Mara Linden")

    attempt, landing = await roster.walk(browser, "mara", profile=profile, platform="generic")

    assert [row["status"] for row in await provider.code_exchanges()] == [401]
    assert attempt["outcome"]["__typename"] == "LoginMisconfigured"
    assert "Not connected" in landing.text and "mistyped" not in str([attempt, landing])
    assert await notices(roster) == [
        {"kind": "APP_REFUSED", "subject": "generic", "detail": "exchange was refused (invalid_client)."}
    ]


class MalformedOption(GenericLogin):
    """Finds one of the operator's options malformed before the browser has left."""

    def authorize_url(self, request: AuthorizeRequest) -> str:
        raise ConfigurationRejected("malformed", operation="authorize_url", platform_code="version")


async def test_what_keeps_a_consent_from_beginning_is_told_to_the_operator(
    start_server: StartServer, browser: Browser, provider: AuthorizationServer
) -> None:
    server = await serve_generic(MalformedOption(), start_server, provider)
    roster = await server.roster()
    profile = await roster.create_profile("Mara Linden")
    _, authorize_url = await roster.begin(profile=profile, platform="generic")

    await browser.get(authorize_url)

    assert [notice["subject"] for notice in await notices(roster)] == ["generic"]


async def notices(roster: Roster) -> list[dict[str, str]]:
    """What the operator can read."""
    found = await roster.client.ask("{ operatorNotices { nodes { kind subject detail } } }")
    return list(found["nodes"])


async def test_an_account_is_known_by_its_subject_not_by_its_name(
    roster: Roster, new_browser: Callable[[], Browser], provider: AuthorizationServer, linked: str
) -> None:
    """Mara has taken another name, and Dina Mara's old one."""
    await provider.person("mara", "rename", to="mara_new")
    await provider.person("dina", "rename", to="mara")

    as_dina, _ = await roster.walk(new_browser(), "dina", linked)
    as_mara, _ = await roster.walk(new_browser(), "mara", linked)

    assert as_dina["outcome"]["__typename"] == "WrongAccount"
    assert as_mara["state"] == "SUCCEEDED"
    account = await roster.account(linked)
    assert (account["platformId"], account["handle"], account["status"]) == ("5f1c0a", "mara_new", "LINKED")


async def test_an_account_that_another_profile_has_connected_is_not_moved(
    roster: Roster, browser: Browser, linked: str
) -> None:
    other = await roster.create_profile("Somebody else")

    attempt, _ = await roster.walk(browser, "mara", profile=other, platform="generic")

    assert attempt["outcome"]["__typename"] == "AccountAlreadyAttached"
    account = await roster.account(linked)
    assert account["status"] == "LINKED" and account["profile"]["id"] != other


async def test_two_people_consent_at_the_same_time(
    roster: Roster, new_browser: Callable[[], Browser], provider: AuthorizationServer, mara: str
) -> None:
    dina = await roster.add(await roster.create_profile("Dina Haddad"), "https://id.example/@dina")

    await asyncio.gather(
        roster.walk(new_browser(), "mara", mara),
        roster.walk(new_browser(), "dina", dina),
    )

    found = [(await roster.account(account))["platformId"] for account in (mara, dina)]
    assert found == ["5f1c0a", "77b2e9"]
