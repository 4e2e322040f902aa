"""A platform in trouble ends the attempt with a word for it, and never costs an account its link."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from yarl import URL

from server.sandbox_link import sandbox_logins
from server.settings import LoginSettings
from support.browser import Browser
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import StartServer
from support.ways import Way, every_login

EXCHANGE = {
    "facebook": {"host": "graph.facebook.com", "path": "/oauth/access_token"},
    "instagram": {"host": "api.instagram.com", "path": "/oauth/access_token"},
    "tiktok": {"host": "open.tiktokapis.com", "path": "/v2/oauth/token/"},
    "google": {"host": "oauth2.googleapis.com", "path": "/token"},
}
DISCOVERY = {
    "facebook": {"host": "graph.facebook.com", "path": "/me/accounts"},
    "instagram": {"host": "graph.instagram.com", "path": "/me"},
    "tiktok": {"host": "open.tiktokapis.com", "path": "/v2/user/info/"},
    "google": {"host": "youtube.googleapis.com", "path": "/youtube/v3/channels"},
}

in_trouble = pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "status", "status": 503},
        {"kind": "garbage"},
        {"kind": "cut"},
        {"kind": "throttle"},
        {"kind": "redirect", "location": "https://elsewhere.example/"},
    ],
    ids=lambda trouble: trouble["kind"],
)


@every_login
@in_trouble
async def test_trouble_at_the_exchange_ends_the_attempt_and_no_link(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way, trouble: dict[str, Any]
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    before = await roster.account(account)
    await sandbox.fault(**trouble, **EXCHANGE[way.login])

    attempt, _ = await roster.walk(browser, way.person, account)

    assert attempt["state"] == "FAILED"
    assert attempt["outcome"]["__typename"] == "PlatformUnavailable", attempt
    assert attempt["outcome"]["platformCode"]
    assert await roster.account(account) == before


@every_login
@in_trouble
async def test_trouble_while_looking_for_accounts_ends_the_attempt_and_no_link(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way, trouble: dict[str, Any]
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    before = await roster.account(account)
    await sandbox.fault(**trouble, **DISCOVERY[way.login])

    attempt, _ = await roster.walk(browser, way.person, account)

    assert attempt["outcome"]["__typename"] == "PlatformUnavailable", attempt
    assert await roster.account(account) == before


async def test_the_next_try_after_the_trouble_works(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    await sandbox.fault(kind="status", status=500, host="open.tiktokapis.com", times=1)
    await roster.walk(browser, "mara", account)

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt


@every_login
async def test_a_code_that_was_spent_elsewhere_is_rejected(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    before = await roster.account(account)
    _, spent = await roster.walk_halfway(browser, way.person, account)
    await browser.get(spent)
    after = await roster.account(account)
    attempt, callback = await roster.walk_halfway(browser, way.person, account)

    await browser.get(str(URL(callback).update_query(code=URL(spent).query["code"])))

    outcome = (await roster.attempt(attempt))["outcome"]
    assert outcome["__typename"] == "CodeRejected", outcome
    assert after["authenticatedAt"] > before["authenticatedAt"]
    assert await roster.account(account) == after


@every_login
async def test_a_code_that_nobody_gave_is_rejected(
    roster: Roster, browser: Browser, mara: str, way: Way
) -> None:
    account = await roster.add(mara, way.handle, way.platform)
    attempt, callback = await roster.walk_halfway(browser, way.person, account)

    await browser.get(str(URL(callback).update_query(code="made-up")))

    assert (await roster.attempt(attempt))["outcome"]["__typename"] == "CodeRejected"
    assert await roster.status(account) == "ADDED"


@every_login
async def test_a_wrong_secret_of_the_operator_is_told_as_theirs(
    start_server: StartServer, browser: Browser, sandbox: Sandbox, way: Way
) -> None:
    apps = await sandbox_logins(sandbox.url)
    wrong = LoginSettings(client_id=apps[way.login].client_id, client_secret=SecretStr("not-the-secret"))
    server = await start_server(logins={**apps, way.login: wrong})
    roster = await server.roster()
    account = await roster.add(await roster.create_profile("Mara Linden"), way.handle, way.platform)

    attempt, landing = await roster.walk(browser, way.person, account)

    assert attempt["outcome"]["__typename"] == "LoginMisconfigured", attempt
    assert "operator" in attempt["outcome"]["nextStep"]
    assert landing.status == 200 and "not-the-secret" not in landing.text
    assert await roster.status(account) == "ADDED"
