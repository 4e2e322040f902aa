"""An answer names who gave it (RFC 9207): where a login says who that must be, nobody else's answer is believed."""

from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from support.authorization_server import AuthorizationServer, serve_generic
from support.browser import Browser
from support.generic_oauth import GenericLogin
from support.roster import Roster
from support.server import StartServer

ISSUER = GenericLogin.issuer

OTHERS = {
    "missing": None,
    "empty": "",
    "another": "https://evil.example",
    "with a slash": f"{ISSUER}/",
    "in capitals": "HTTPS://ID.EXAMPLE",
    "with a port": f"{ISSUER}:443",
    "with more behind it": f"{ISSUER}.evil.example",
    "with a blank": f"{ISSUER} ",
    "two in one": f"{ISSUER},https://evil.example",
}


def named(callback: str, issuer: str | None, **changes: str) -> str:
    """The callback with another `iss`, or with none."""
    query = {**URL(callback).query, "iss": issuer, **changes}
    return str(URL(callback).with_query({name: value for name, value in query.items() if value is not None}))


async def test_the_server_names_itself_as_the_login_expects(
    provider: AuthorizationServer, halfway: tuple[str, str]
) -> None:
    metadata = await provider.metadata()

    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["issuer"] == ISSUER == URL(halfway[1]).query["iss"]


@pytest.mark.parametrize("issuer", OTHERS.values(), ids=OTHERS.keys())
async def test_an_answer_of_another_issuer_makes_no_token_request(
    roster: Roster,
    browser: Browser,
    provider: AuthorizationServer,
    mara: str,
    halfway: tuple[str, str],
    issuer: str | None,
) -> None:
    attempt, callback = halfway

    landing = await browser.get(named(callback, issuer))

    assert await provider.code_exchanges() == []
    outcome = (await roster.attempt(attempt))["outcome"]
    assert (outcome["__typename"], outcome["platformCode"]) == ("ConsentFailed", "wrong_issuer")
    assert "Not connected" in landing.text and "evil" not in landing.text
    assert await roster.status(mara) == "ADDED"


async def test_a_no_of_another_issuer_is_not_taken_for_the_persons(
    roster: Roster, browser: Browser, halfway: tuple[str, str]
) -> None:
    attempt, callback = halfway

    await browser.get(named(callback, "https://evil.example", error="access_denied"))

    assert (await roster.attempt(attempt))["outcome"]["__typename"] == "ConsentFailed"


async def test_after_another_issuers_answer_the_state_is_used_up(
    roster: Roster, browser: Browser, provider: AuthorizationServer, halfway: tuple[str, str]
) -> None:
    """Whoever gave it knows the state: nothing may be finished with it any more, not even rightly."""
    attempt, callback = halfway
    await browser.get(named(callback, "https://evil.example"))

    landing = await browser.get(callback)

    assert landing.status == 400
    assert await provider.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "FAILED"


@pytest.mark.parametrize("second", [ISSUER, "https://evil.example"])
async def test_an_answer_with_two_issuers_is_no_answer(
    roster: Roster, browser: Browser, provider: AuthorizationServer, halfway: tuple[str, str], second: str
) -> None:
    attempt, callback = halfway

    landing = await browser.get(f"{callback}&iss={second}")

    assert landing.status == 400
    assert await provider.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


class NamingNobody(GenericLogin):
    """Expects no `iss`, as most platforms send none."""

    issuer = None


@pytest.mark.parametrize("issuer", [None, "https://elsewhere.example"])
async def test_where_a_login_names_no_issuer_none_is_looked_for(
    start_server: StartServer, browser: Browser, provider: AuthorizationServer, issuer: str | None
) -> None:
    """RFC 6749 4.1.2: what a client does not know it ignores. The login's own redirect URI keeps others out."""
    server = await serve_generic(NamingNobody(), start_server, provider)
    await provider.register(server)
    roster = await server.roster()
    profile = await roster.create_profile("Mara Linden")
    attempt, callback = await roster.walk_halfway(browser, "mara", profile=profile, platform="generic")

    await browser.get(named(callback, issuer))

    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_answers_of_two_issuers_at_once_end_it_without_two_token_requests(
    roster: Roster, browser: Browser, provider: AuthorizationServer, halfway: tuple[str, str]
) -> None:
    """Whichever comes first takes the state. The other finds nothing."""
    _, callback = halfway

    landings = await asyncio.gather(
        *(browser.get(named(callback, issuer)) for issuer in (ISSUER, "https://evil.example"))
    )

    assert sorted(landing.status for landing in landings) == [200, 400]
    assert len(await provider.code_exchanges()) <= 1
