"""What comes back to the callback: anything but the one right answer makes no token request and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from yarl import URL

from support.authorization_server import AuthorizationServer, serve_generic, stored_pair
from support.browser import Browser
from support.generic_oauth import GenericLogin
from support.roster import Roster
from support.server import Server, StartServer

CHANGES: dict[str, Callable[[URL], URL]] = {
    "missing": lambda url: url.without_query_params("state"),
    "empty": lambda url: url.update_query(state=""),
    "unknown": lambda url: url.update_query(state="u" * 43),
    "cut": lambda url: url.update_query(state=url.query["state"][:-1]),
    "in other capitals": lambda url: url.update_query(state=url.query["state"].swapcase()),
    "given twice": lambda url: url.extend_query(state=url.query["state"]),
    "with a second code": lambda url: url.extend_query(code="another"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_state_that_is_not_the_one_makes_no_token_request(
    roster: Roster,
    browser: Browser,
    provider: AuthorizationServer,
    halfway: tuple[str, str],
    change: Callable[[URL], URL],
) -> None:
    attempt, callback = halfway

    landing = await browser.get(str(change(URL(callback))))

    assert landing.status == 400
    assert await provider.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_what_was_refused_takes_nothing_from_the_right_answer(
    roster: Roster, browser: Browser, provider: AuthorizationServer, halfway: tuple[str, str]
) -> None:
    attempt, callback = halfway
    for change in CHANGES.values():
        await browser.get(str(change(URL(callback))))

    await browser.get(callback)

    assert len(await provider.code_exchanges()) == 1
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


@pytest.mark.parametrize("has_a_consent", [False, True], ids=["new", "with a consent of its own"])
async def test_another_browser_makes_no_token_request(
    roster: Roster,
    new_browser: Callable[[], Browser],
    provider: AuthorizationServer,
    mara: str,
    halfway: tuple[str, str],
    has_a_consent: bool,
) -> None:
    attempt, callback = halfway
    other = new_browser()
    if has_a_consent:
        await roster.walk_halfway(other, "mara", mara)

    landing = await other.get(callback)

    assert landing.status == 400
    assert await provider.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_an_answer_after_the_attempts_end_makes_no_token_request(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, halfway: tuple[str, str]
) -> None:
    attempt, callback = halfway
    server.host.clock.offset = timedelta(minutes=10, seconds=1)

    landing = await browser.get(callback)

    assert landing.status == 400
    assert await provider.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "EXPIRED"


async def test_a_replayed_answer_does_not_cost_the_grant(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, halfway: tuple[str, str]
) -> None:
    """The server ends a grant whose code comes a second time (RFC 6749 4.1.2): so it must not come."""
    attempt, callback = halfway

    landings = await asyncio.gather(*(browser.get(callback) for _ in range(8)))
    landings.append(await browser.get(callback))

    assert sorted(landing.status for landing in landings) == [200] + [400] * 8
    assert len(await provider.code_exchanges()) == 1
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"
    pair = await stored_pair(server)
    assert await provider.is_alive(pair["refresh_token"])
    assert await provider.userinfo(pair["access_token"]) == 200


async def test_an_answer_that_reaches_two_servers_at_once_counts_once(
    server: Server,
    start_server: StartServer,
    roster: Roster,
    browser: Browser,
    provider: AuthorizationServer,
    halfway: tuple[str, str],
) -> None:
    """Behind a balancer the second click may meet another process."""
    attempt, callback = halfway
    other = await serve_generic(GenericLogin(), start_server, provider, public_url=server.url)
    elsewhere = callback.replace(server.url, other.url)

    landings = await asyncio.gather(*(browser.get(url) for url in [callback, elsewhere] * 4))

    assert sorted(landing.status for landing in landings) == [200] + [400] * 7
    assert [row["status"] for row in await provider.code_exchanges()] == [200]
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


DESCRIPTION = "<script>alert(1)</script>" + "x" * 2000


async def test_a_no_is_the_persons_and_its_description_is_not_shown(
    roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    form = {"decision": "access_denied", "description": DESCRIPTION}

    attempt, landing = await roster.walk(browser, "mara", mara, form=form)

    assert attempt["outcome"]["__typename"] == "ConsentDenied"
    assert [url for url in landing.trail if "alert" in url], "the description did not come along"
    assert landing.status == 200 and "Not connected" in landing.text
    assert "alert" not in landing.text and "alert" not in str(attempt)
    assert await provider.code_exchanges() == []


async def test_another_error_of_the_server_is_no_no(
    roster: Roster, browser: Browser, provider: AuthorizationServer, mara: str
) -> None:
    form = {"decision": "temporarily_unavailable", "description": DESCRIPTION}

    attempt, landing = await roster.walk(browser, "mara", mara, form=form)

    outcome = attempt["outcome"]
    assert (outcome["__typename"], outcome["platformCode"]) == ("ConsentFailed", "temporarily_unavailable")
    assert "alert" not in landing.text
    assert await provider.code_exchanges() == []


async def test_who_said_no_to_a_reconnect_keeps_the_link(
    server: Server, roster: Roster, browser: Browser, provider: AuthorizationServer, linked: str
) -> None:
    await roster.walk(browser, "mara", linked, form={"decision": "access_denied"})

    assert await roster.status(linked) == "LINKED"
    assert await provider.is_alive((await stored_pair(server))["refresh_token"])
