"""After a consent the browser goes back only where the operator allows, with the attempt's id and nothing secret."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from yarl import URL

from server.services.connect.return_urls import return_url_allowed
from support.browser import Browser
from support.roster import Roster
from support.server import StartServer

ALLOWED = ("https://app.example", "http://localhost:3000", "creatorapp:", "javascript:")
"""The last one is a slip of the operator's that must not count."""


@dataclass
class Desk:
    """A roster whose operator allows some ways back, and an account to connect there."""

    roster: Roster
    account: str


@pytest.fixture
async def desk(start_server: StartServer) -> Desk:
    server = await start_server(return_urls=ALLOWED)
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    return Desk(roster, await roster.add(mara, "@marabakes", "tiktok"))


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example",
        "https://app.example/",
        "https://app.example/done",
        "https://app.example/done?tab=accounts&empty=",
        "https://app.example/#/done",
        "https://app.example/ünïcode",
        "http://localhost:3000/done",
        "creatorapp://connected",
        "creatorapp:connected",
    ],
)
async def test_an_allowed_way_back_gets_the_attempts_id_and_nothing_else(
    desk: Desk, browser: Browser, url: str
) -> None:
    attempt, callback = await desk.roster.walk_halfway(browser, "mara", desk.account, return_url=url)

    async with browser.session.get(URL(callback, encoded=True), allow_redirects=False) as answer:
        back = URL(answer.headers["Location"], encoded=True)

    wanted = URL(url)
    assert answer.status == 303
    assert (back.scheme, back.authority) == (wanted.scheme, wanted.authority)
    assert back.path.rstrip("/") == wanted.path.rstrip("/") and back.fragment == wanted.fragment
    assert dict(back.query) == {**wanted.query, "attempt": attempt}
    assert (await desk.roster.attempt(attempt))["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/done",
        "//evil.example",
        "///evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///app.example",
        "https:app.example",
        r"https:\\evil.example",
        r"\\evil.example",
        r"https://app.example\@evil.example",
        r"https://app.example\.evil.example",
        "https://evil.example",
        "https://evil.example/https://app.example",
        "https://evil.example?https://app.example",
        "https://evil.example#https://app.example",
        "https://app.example.evil.example",
        "https://app.exampleevil",
        "https://evilapp.example",
        "https://app.example@evil.example",
        "https://app.example:443@evil.example",
        "https://user@app.example",
        "https://app.example:444",
        "https://app.example:99999",
        "https://app.example:x",
        "https://[::1",
        "http://app.example",
        "http://localhost:3001",
        "http://localhost",
        "https://app\u3002example",
        "https://\u0430pp.example",
        "https://app.example\u2028.evil.example",
        " https://app.example",
        "https://app.example ",
        "https://app.example/\r\nSet-Cookie: a=b",
        "https://app\t.example",
        "https:/\t/evil.example",
        "java\nscript:alert(1)",
        "https://app.example/\x00",
        "https://app.example/\x7f",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "javascript://app.example/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://app.example/x",
        "about:blank",
        "creatorapp",
        "creatorapp2://connected",
        "evil-creatorapp://connected",
        "otherapp://connected",
        "https://app.example/" + "x" * 2000,
    ],
)
def test_any_other_way_back_is_not_allowed(url: str) -> None:
    assert return_url_allowed(url, ALLOWED) is False


@pytest.mark.parametrize(
    "url", ["", "//evil.example", "https://app.example@evil.example", "javascript:alert(1)"]
)
async def test_what_is_not_allowed_is_refused_before_anything_begins(desk: Desk, url: str) -> None:
    answer = await desk.roster.try_connect(target={"socialAccountId": desk.account}, returnUrl=url)

    assert answer["__typename"] == "ReturnUrlNotAllowed", answer
    assert "authorizeUrl" not in answer


async def test_a_refusal_does_not_repeat_the_address(desk: Desk) -> None:
    answer = await desk.roster.try_connect(
        target={"socialAccountId": desk.account}, returnUrl="https://evil.example/<script>"
    )

    assert "evil" not in str(answer)


async def test_without_a_list_every_way_back_is_refused(roster: Roster, mara: str) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")

    answer = await roster.try_connect(target={"socialAccountId": account}, returnUrl="https://app.example")

    assert answer["__typename"] == "ReturnUrlNotAllowed"


async def test_a_no_goes_the_same_way_back(desk: Desk, browser: Browser) -> None:
    attempt, authorize_url = await desk.roster.begin(desk.account, return_url="https://app.example/done")

    landing = await browser.consent(authorize_url, "mara", decision="deny", stop_at="https://app.example")

    assert URL(landing.url) == URL("https://app.example/done").with_query(attempt=attempt)


async def test_an_attempt_id_of_ones_own_does_not_hide_ours(desk: Desk, browser: Browser) -> None:
    """A frontend that had an `attempt` in its address already still finds ours, as the last."""
    attempt, authorize_url = await desk.roster.begin(
        desk.account, return_url="https://app.example/done?attempt=old"
    )

    landing = await browser.consent(authorize_url, "mara", stop_at="https://app.example")

    assert URL(landing.url).query.getall("attempt") == ["old", attempt]


async def test_our_own_page_says_so_while_it_is_not_finished(desk: Desk, browser: Browser) -> None:
    attempt, callback = await desk.roster.walk_halfway(browser, "mara", desk.account)
    page = f"{desk.roster.client.url}/connect/finished?attempt={attempt}"

    early = await browser.get(page)
    await browser.get(callback)
    late = await browser.get(page)

    assert early.status == 200 and "Not finished yet" in early.text
    assert late.status == 200 and "Your account is connected" in late.text


async def test_what_cannot_be_finished_leads_nowhere(desk: Desk, browser: Browser) -> None:
    """An answer that belongs to no attempt must not send the browser anywhere."""
    callback = f"{desk.roster.client.url}/oauth/tiktok/callback?code=x&state=y&returnUrl=https://evil.example"

    landing = await browser.get(callback)

    assert landing.status == 400 and landing.trail == ()
