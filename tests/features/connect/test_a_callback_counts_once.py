"""A platform's answer counts once, in time and whole: anything else makes no token request and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from linkroll_sdk import ClientConfig, CodeExchange, Grant, Http
from yarl import URL

from support import clock
from support.browser import Browser
from support.chirp import ChirpLogin, chirps_answer, serve_chirp
from support.clock import Travel
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import StartServer
from support.ways import Way, every_login


@pytest.fixture
async def halfway(roster: Roster, browser: Browser, mara: str) -> tuple[str, str]:
    """Mara's consent at TikTok, whose answer has not reached us: the attempt's id, and the callback."""
    account = await roster.add(mara, "@marabakes", "tiktok")
    return await roster.walk_halfway(browser, "mara", account)


@pytest.mark.parametrize(
    "state",
    [None, "", "unknown" * 7, "é\u0000"],
    ids=["missing", "empty", "unknown", "no text of ours"],
)
async def test_a_state_we_did_not_give_makes_no_token_request(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str], state: str | None
) -> None:
    attempt, callback = halfway
    query = {**URL(callback).query, "state": state}
    told = {name: value for name, value in query.items() if value is not None}

    landing = await browser.get(str(URL(callback).with_query(told)))

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


@pytest.mark.parametrize("alter", [lambda s: s[:-1], lambda s: s + "A", str.swapcase, lambda s: f" {s}"])
async def test_an_altered_state_makes_no_token_request(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str], alter: Callable[[str], str]
) -> None:
    attempt, callback = halfway
    altered = alter(URL(callback).query["state"])

    landing = await browser.get(str(URL(callback).update_query(state=altered)))

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_a_replayed_callback_makes_no_second_request_and_changes_nothing(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str]
) -> None:
    attempt, callback = halfway
    await browser.get(callback)
    ended, asked = await roster.attempt(attempt), await sandbox.requests()

    landing = await browser.get(callback)

    assert landing.status == 400
    assert await roster.attempt(attempt) == ended and ended["state"] == "SUCCEEDED"
    assert await sandbox.requests() == asked


async def test_a_used_state_takes_no_new_code(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str]
) -> None:
    attempt, callback = halfway
    await browser.get(callback)

    landing = await browser.get(str(URL(callback).update_query(code="another")))

    assert landing.status == 400
    assert len(await sandbox.code_exchanges()) == 1
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


@every_login
async def test_callbacks_at_the_same_moment_make_one_exchange(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way
) -> None:
    account = await roster.add(mara, way.handle, way.platform)
    attempt, callback = await roster.walk_halfway(browser, way.person, account)

    landings = await asyncio.gather(*(browser.get(callback) for _ in range(8)))

    assert sorted(landing.status for landing in landings) == [200] + [400] * 7
    assert len(await sandbox.code_exchanges()) == 1
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_a_callback_is_taken_before_the_platform_answers(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str]
) -> None:
    """The first still waits for TikTok when the second comes."""
    attempt, callback = halfway
    await sandbox.fault(kind="slow", seconds=2, host="open.tiktokapis.com", path="/v2/oauth/token/")
    query = "subscription ($id: ID!) { connectAttemptChanged(id: $id) { state } }"

    async with roster.client.subscribe(query, id=attempt) as states:
        first = asyncio.create_task(browser.get(callback))
        async for change in states:
            if change["state"] == "EXCHANGING":
                break
        second = await browser.get(callback)

    assert second.status == 400 and not first.done()
    assert (await first).status == 200
    assert len(await sandbox.code_exchanges()) == 1


@pytest.mark.parametrize(
    "login", ["facebook", "instagram", "google", "mastodon", "%2e%2e", "%00", "%ff", "%ED%A0%80"]
)
async def test_a_state_of_one_login_is_refused_at_anothers_callback(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str], login: str
) -> None:
    """Mix-up: the code of one platform must never be sent to another."""
    attempt, callback = halfway

    landing = await browser.get(callback.replace("/oauth/tiktok/", f"/oauth/{login}/"))

    assert landing.status in (400, 404)
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


@pytest.mark.parametrize("name", ["code", "state", "scopes", "error"])
async def test_repeated_parameters_are_refused(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str], name: str
) -> None:
    attempt, callback = halfway
    known = URL(callback).query.get(name, "access_denied")
    repeated = urlencode([(name, known), (name, known)]) if name == "error" else urlencode({name: known})

    landing = await browser.get(f"{callback}&{repeated}")

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_an_endless_query_is_refused(
    browser: Browser, sandbox: Sandbox, halfway: tuple[str, str]
) -> None:
    _, callback = halfway

    landing = await browser.get(f"{callback}&junk={'x' * 9000}")

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE"])
async def test_a_callback_is_only_ever_opened(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str], method: str
) -> None:
    """HEAD is what looks ahead at a link, and must use nothing up."""
    attempt, callback = halfway

    async with browser.session.request(method, URL(callback, encoded=True), allow_redirects=False) as answer:
        status = answer.status

    assert status == 405
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_a_callback_leaves_neither_code_nor_state_in_the_browsers_address(
    browser: Browser, halfway: tuple[str, str]
) -> None:
    _, callback = halfway
    returned = URL(callback).query

    landing = await browser.get(callback)

    assert returned["code"] not in landing.url and returned["state"] not in landing.url
    assert set(URL(landing.url).query) == {"attempt"}


async def test_the_answer_to_an_expired_attempt_makes_no_token_request(
    roster: Roster, browser: Browser, sandbox: Sandbox, halfway: tuple[str, str], travel: Travel
) -> None:
    attempt, callback = halfway
    await travel(minutes=10, seconds=1)

    landing = await browser.get(callback)

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []
    ended = await roster.attempt(attempt)
    assert ended["state"] == "EXPIRED" and ended["outcome"]["__typename"] == "AttemptExpired"


async def test_an_answer_shortly_before_the_end_still_counts(
    roster: Roster, browser: Browser, halfway: tuple[str, str], travel: Travel
) -> None:
    attempt, callback = halfway
    await travel(minutes=4, seconds=50)

    await browser.get(callback)

    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_an_attempt_that_ran_out_while_the_platform_answered_stays_so_and_keeps_no_token(
    start_server: StartServer, sandbox: Sandbox, browser: Browser
) -> None:
    """Whoever follows it has been told that it expired, and that was final."""
    chirp = AnsweringLate()
    server = await serve_chirp(chirp, start_server)
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    attempt, callback = await chirps_answer(server, roster, browser, profile=mara)

    answering = asyncio.create_task(browser.get(callback))
    async with asyncio.timeout(10):
        await chirp.was_asked.wait()
    await clock.travel(sandbox, server, minutes=10, seconds=1)
    told = (await roster.attempt(attempt))["state"]
    chirp.may_answer.set()
    landing = await answering

    assert told == "EXPIRED"
    ended = await roster.attempt(attempt)
    assert (ended["state"], ended["outcome"]["__typename"]) == ("EXPIRED", "AttemptExpired")
    assert landing.status == 200 and "Not connected" in landing.text
    assert await server.sealed_tokens() == {}
    assert await roster.client.ask("{ socialAccounts { totalCount } }") == {"totalCount": 0}


class AnsweringLate(ChirpLogin):
    """Trades the code when it may."""

    def __init__(self) -> None:
        self.was_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        self.was_asked.set()
        await self.may_answer.wait()
        return await super().exchange(http, client, exchange)


async def test_an_address_that_was_not_opened_in_time_is_gone(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, travel: Travel
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, authorize_url = await roster.begin(account)
    await travel(minutes=10, seconds=1)

    landing = await browser.get(authorize_url)

    assert landing.status == 410
    assert await sandbox.requests() == []
    assert (await roster.attempt(attempt))["state"] == "EXPIRED"
