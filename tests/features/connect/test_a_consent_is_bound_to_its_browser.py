"""A consent belongs to the browser that began it: whoever else gets hold of an address can do nothing with it."""

from __future__ import annotations

from collections.abc import Callable

from yarl import URL

from support.browser import Browser
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import StartServer
from support.ways import GOOGLE, Way, every_login

NewBrowser = Callable[[], Browser]


async def test_opening_the_address_leads_on_to_the_platform(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, authorize_url = await roster.begin(account)

    landing = await browser.get(authorize_url)

    assert landing.status == 200
    assert landing.url.startswith(f"{sandbox.url}/www.tiktok.com/v2/auth/authorize/")
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


@every_login
async def test_the_way_to_the_platform_asks_only_to_read_and_carries_no_secret(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way
) -> None:
    account = await roster.add(mara, way.handle, way.platform)
    _, authorize_url = await roster.begin(account)
    declared = await declared_scopes(roster, way.login)

    landing = await browser.get(authorize_url, stop_at=sandbox.url)

    query = URL(landing.url).query
    assert query["response_type"] == "code"
    assert query["redirect_uri"] == f"{roster.client.url}/oauth/{way.login}/callback"
    assert set(query["scope"].replace(",", " ").split()) == declared
    assert len(query["state"]) >= 43
    assert not {"client_secret", "code_verifier"} & query.keys()


async def declared_scopes(roster: Roster, login: str) -> set[str]:
    """What the schema says that a login asks for, all of it read-only."""
    platforms = await roster.client.ask("{ platforms { logins { key permissions { scope readOnly } } } }")
    found = [one for platform in platforms for one in platform["logins"] if one["key"] == login]
    assert all(permission["readOnly"] for permission in found[0]["permissions"])
    return {permission["scope"] for permission in found[0]["permissions"]}


async def test_google_gets_a_challenge_and_the_verifier_only_at_the_exchange(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.add(mara, GOOGLE.handle, "youtube")

    attempt, landing = await roster.walk(browser, "mara", account)

    [page, *_] = await sandbox.requests(host="accounts.google.com")
    [exchange] = await sandbox.code_exchanges()
    assert page["query"]["code_challenge_method"] == ["S256"]
    [verifier] = exchange["body"]["code_verifier"]
    assert 43 <= len(verifier) <= 128
    assert verifier not in str(landing.trail) and verifier not in str(attempt)


async def test_another_browser_cannot_open_an_address_that_one_has_opened(
    roster: Roster, browser: Browser, new_browser: NewBrowser, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, authorize_url = await roster.begin(account)
    await browser.get(authorize_url)

    landing = await new_browser().get(authorize_url)

    assert landing.status == 410 and landing.url == authorize_url
    assert len(await sandbox.requests(host="www.tiktok.com")) == 1


async def test_another_browser_cannot_finish_what_one_began(
    roster: Roster, browser: Browser, new_browser: NewBrowser, sandbox: Sandbox, mara: str
) -> None:
    """The callback's address alone, stolen or sent to a victim, is worth nothing."""
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, callback = await roster.walk_halfway(browser, "mara", account)

    landing = await new_browser().get(callback)

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_a_browser_with_a_consent_of_its_own_cannot_finish_anothers(
    roster: Roster, browser: Browser, new_browser: NewBrowser, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, callback = await roster.walk_halfway(browser, "mara", account)
    other = new_browser()
    await roster.walk_halfway(other, "mara", account)

    landing = await other.get(callback)

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []


async def test_a_strangers_try_takes_nothing_from_the_one_who_began(
    roster: Roster, browser: Browser, new_browser: NewBrowser, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, callback = await roster.walk_halfway(browser, "mara", account)
    await new_browser().get(callback)

    await browser.get(callback)

    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_the_page_at_the_end_shows_itself_to_its_own_browser_only(
    roster: Roster, browser: Browser, new_browser: NewBrowser, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, landing = await roster.walk(browser, "mara", account)

    seen_by_another = await new_browser().get(landing.url)

    assert "@marabakes" in landing.text
    assert seen_by_another.status == 400 and "marabakes" not in seen_by_another.text


async def test_opening_the_address_again_in_the_same_browser_begins_anew_and_works(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """Somebody pressed "back", or lost the page."""
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, authorize_url = await roster.begin(account)
    first = await browser.get(authorize_url)

    second = await browser.get(authorize_url)
    await browser.consent(authorize_url, "mara")

    assert URL(first.url).query["state"] != URL(second.url).query["state"]
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_a_state_that_was_replaced_by_opening_again_is_worth_nothing(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, authorize_url = await roster.begin(account)
    outdated = await browser.consent(authorize_url, "mara", stop_at=f"{roster.client.url}/oauth/")
    await browser.get(authorize_url)

    landing = await browser.get(outdated.url)

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"


async def test_looking_ahead_at_the_address_binds_it_to_nobody(
    roster: Roster, browser: Browser, new_browser: NewBrowser, mara: str
) -> None:
    """A messenger that checks the link before it shows it must not lock the person out."""
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, authorize_url = await roster.begin(account)

    async with new_browser().session.head(authorize_url, allow_redirects=False) as answer:
        status = answer.status
    await browser.consent(authorize_url, "mara")

    assert status == 405
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_a_used_address_is_gone(roster: Roster, browser: Browser, sandbox: Sandbox, mara: str) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, authorize_url = await roster.begin(account)
    await browser.consent(authorize_url, "mara")
    asked = len(await sandbox.requests())

    landing = await browser.get(authorize_url)

    assert landing.status == 410
    assert "no longer open" in landing.text
    assert len(await sandbox.requests()) == asked


async def test_an_address_that_was_never_given_is_gone_as_well(roster: Roster, browser: Browser) -> None:
    landing = await browser.get(f"{roster.client.url}/connect/{'A' * 43}")

    assert landing.status == 410


async def test_two_consents_in_one_browser_do_not_disturb_each_other(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """Two tabs of an agency's desk."""
    tiktok = await roster.add(mara, "@marabakes", "tiktok")
    youtube = await roster.add(mara, "@marabakes", "youtube")
    first, first_callback = await roster.walk_halfway(browser, "mara", tiktok)
    second, second_callback = await roster.walk_halfway(browser, "mara", youtube)

    await browser.get(second_callback)
    await browser.get(first_callback)

    assert (await roster.attempt(first))["state"] == "SUCCEEDED"
    assert (await roster.attempt(second))["state"] == "SUCCEEDED"


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, authorize_url = await roster.begin(account)

    async with browser.session.get(authorize_url, allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"].lower()

    assert answer.status == 303
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    assert "domain=" not in cookie


async def test_behind_https_the_cookie_is_locked_to_its_host(
    start_server: StartServer, browser: Browser
) -> None:
    server = await start_server(public_url="https://roster.example")
    roster = await server.roster()
    account = await roster.add(await roster.create_profile("Mara Linden"), "@marabakes", "tiktok")
    _, authorize_url = await roster.begin(account)

    path = URL(authorize_url).path
    async with browser.session.get(f"{server.url}{path}", allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]

    assert authorize_url.startswith("https://roster.example/connect/")
    assert cookie.startswith("__Host-") and "secure" in cookie.lower()


async def test_pages_around_a_consent_tell_nothing_onward_and_are_not_kept(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, callback = await roster.walk_halfway(browser, "mara", account)

    async with browser.session.get(URL(callback, encoded=True), allow_redirects=False) as answer:
        headers = answer.headers
    async with browser.session.get(headers["Location"]) as page:
        policy = page.headers["Content-Security-Policy"]

    assert answer.status == 303
    assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


async def test_nothing_in_a_request_changes_where_the_platform_sends_the_browser(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, authorize_url = await roster.begin(account)
    lies = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
    }

    async with browser.session.get(
        authorize_url, allow_redirects=False, headers={**lies, "Host": "evil.example"}
    ) as refused:
        assert (refused.status, refused.headers.get("Location")) == (421, None)
    async with browser.session.get(authorize_url, allow_redirects=False, headers=lies) as answer:
        location = answer.headers["Location"]

    assert URL(location).query["redirect_uri"] == f"{roster.client.url}/oauth/tiktok/callback"
    assert "evil" not in location
