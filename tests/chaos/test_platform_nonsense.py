"""
Whatever a platform says that is no answer, wherever it is asked: a typed end, no link lost, and nothing of it kept.

The next use, when the platform is well again, works without a restart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import pytest_asyncio

from server.database import Record
from server.ids import row_id
from server.services.links.probing import probe
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from support.browser import Browser
from support.clock import travel
from support.hostile import Hostile, hostile_before
from support.misdeeds import GARBAGE, NONSENSE, Misdeed, leads_to
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.soak import SOAKING, soak_timeout
from support.strangers import says as hears
from support.strangers import stranger
from support.ways import FACEBOOK, INSTAGRAM, TIKTOK, WAYS, Way

EXCHANGE = {
    "facebook": "/oauth/access_token",
    "instagram": "/oauth/access_token",
    "tiktok": "/v2/oauth/token/",
    "google": "/token",
}
DISCOVERY = {
    "facebook": "/me/accounts",
    "instagram": "graph.instagram.com",
    "tiktok": "/v2/user/info/",
    "google": "/youtube/v3/channels",
}
REFRESH = {"instagram": "/refresh_access_token", "tiktok": "/v2/oauth/token/", "google": "/token"}
PASSING = {"PlatformUnavailable", "UnexpectedAnswer", "RateLimited"}
"""What a fetch may end with when the platform talks nonsense."""


@dataclass
class Stage:
    """A server whose platforms are behind somebody hostile, and one linked account."""

    server: Server
    sandbox: Sandbox
    hostile: Hostile
    roster: Roster
    browser: Browser
    way: Way
    account: str
    number: int
    odd: list[str] = field(default_factory=list)

    async def row(self) -> Record:
        """What is kept of the account and its grant."""
        rows = await self.server.host.database.fetch(
            "SELECT a.*, g.version, g.refresh_failures, g.dead_at FROM social_account a"
            " JOIN oauth_grant g ON g.id = a.grant_id WHERE a.id = $1",
            self.number,
        )
        return rows[0]

    async def sql(self, sql: str, *args: object) -> list[Record]:
        """A statement."""
        return await self.server.host.database.fetch(sql, *args)

    def expect(self, holds: bool, otherwise: object) -> None:
        """Note what does not hold."""
        if not holds:
            self.odd.append(str(otherwise))


OpenStage = Callable[[Way], Awaitable[Stage]]


@pytest_asyncio.fixture
async def open_stage(
    start_server: StartServer, sandbox: Sandbox, browser: Browser
) -> AsyncIterator[OpenStage]:
    """Opens a stage for a way of linking."""
    async with hostile_before(sandbox.url) as hostile:

        async def open_one(way: Way) -> Stage:
            server = await start_server(sandbox_url=hostile.url, rate_per_second=0)
            roster = await server.roster()
            profile = await roster.create_profile("Mara Linden")
            account = await roster.link(browser, way.person, profile, way.handle, way.platform)
            number = row_id(account, "SocialAccount")
            assert number is not None
            return Stage(server, sandbox, hostile, roster, browser, way, account, number)

        yield open_one


async def at_the_exchange(stage: Stage, misdeed: Misdeed) -> None:
    """A consent ends in nonsense while the code is traded."""
    await _consent(stage, misdeed, EXCHANGE[stage.way.login])


async def at_the_discovery(stage: Stage, misdeed: Misdeed) -> None:
    """A consent ends in nonsense while its accounts are looked for."""
    await _consent(stage, misdeed, DISCOVERY[stage.way.login])


async def _consent(stage: Stage, misdeed: Misdeed, where: str) -> None:
    before = await stage.roster.account(stage.account)
    attempt, callback = await stage.roster.walk_halfway(stage.browser, stage.way.person, stage.account)
    order = stage.hostile.do(misdeed, where)
    landing = await stage.browser.get(callback)
    stage.hostile.be_well()

    ended = await stage.roster.attempt(attempt)
    stage.expect(order.met > 0, "nobody asked")
    outcome = (ended["outcome"] or {}).get("__typename")
    stage.expect(outcome in ("PlatformUnavailable", "NoUsableAccount"), ended)
    stage.expect(GARBAGE not in landing.text + str(ended), landing.text)
    stage.expect(await stage.roster.account(stage.account) == before, "the account is another")

    again, _ = await stage.roster.walk(stage.browser, stage.way.person, stage.account)
    stage.expect(again["state"] == "SUCCEEDED", again)


async def at_a_refresh(stage: Stage, misdeed: Misdeed) -> None:
    """A use of the link needs other tokens, and nonsense comes."""
    left = timedelta()
    if stage.way is INSTAGRAM:
        # Without a refresh token the access token renews itself: while it lives, and not twice a day.
        await travel(stage.sandbox, stage.server, hours=25)
        left = timedelta(minutes=1)
    await stage.sql("UPDATE oauth_grant SET access_expires_at = $1", stage.server.host.now() + left)
    before = await stage.row()
    await _meet(stage, misdeed, REFRESH[stage.way.login], lambda: probe(stage.server.host, stage.number))

    after = await stage.row()
    stage.expect(after["version"] == before["version"], "nonsense was taken for tokens")
    stage.expect(after["refresh_failures"] == 1, after["refresh_failures"])

    await stage.sql("UPDATE oauth_grant SET refresh_not_before = NULL")
    await probe(stage.server.host, stage.number)
    well = await stage.row()
    stage.expect(well["version"] == before["version"] + 1, "the next refresh failed as well")
    stage.expect(well["checked_at"] != before["checked_at"], "the next use failed as well")


async def at_a_probe(stage: Stage, misdeed: Misdeed) -> None:
    """The platform is asked whether the link still works."""
    before = await stage.row()
    await _meet(stage, misdeed, "/", lambda: probe(stage.server.host, stage.number))

    await stage.sql("UPDATE oauth_grant SET refresh_not_before = NULL")
    await probe(stage.server.host, stage.number)
    well = await stage.row()
    stage.expect(well["checked_at"] not in (None, before["checked_at"]), "the next probe failed as well")


async def at_a_poll(stage: Stage, misdeed: Misdeed) -> None:
    """The account's numbers are read."""
    host, login = stage.server.host, stage.way.login
    await plan_polls(host)
    await stage.sql("UPDATE poll SET next_at = $1, claimed_until = NULL", host.now())
    await _meet(stage, misdeed, "/", lambda: poll_due(host, login))
    errors = {row["last_error"] for row in await stage.sql("SELECT last_error FROM poll")}
    stage.expect(errors <= {*PASSING, None}, errors)

    await stage.sql("UPDATE poll SET next_at = $1", host.now())
    await stage.sql("UPDATE oauth_grant SET refresh_not_before = NULL")
    await poll_due(host, login)
    errors = {row["last_error"] for row in await stage.sql("SELECT last_error FROM poll")}
    stage.expect(errors == {None}, f"the next fetch failed as well: {errors}")


async def at_the_revocation(stage: Stage, misdeed: Misdeed) -> None:
    """The link is ended, and the platform is told."""
    order = stage.hostile.do(misdeed)
    ended = await stage.roster.unlink(stage.account)
    stage.hostile.be_well()

    stage.expect(order.met > 0, "nobody asked")
    stage.expect(ended.get("revocation") in ("FAILED", "REVOKED"), ended)
    stage.expect(await stage.server.sealed_tokens() == {}, "tokens are left")

    again, _ = await stage.roster.walk(stage.browser, stage.way.person, stage.account)
    stage.expect(again["state"] == "SUCCEEDED", again)


async def _meet(stage: Stage, misdeed: Misdeed, where: str, use: Callable[[], Awaitable[object]]) -> None:
    """A use of the link while the platform misbehaves: it is asked, and the link stands as before."""
    before = await stage.roster.account(stage.account)
    order = stage.hostile.do(misdeed, where)
    await use()
    stage.hostile.be_well()
    stage.expect(order.met > 0, "nobody asked")
    after = await stage.roster.account(stage.account)
    # Where only one address misbehaves, the others tell the truth of the day.
    stage.expect({**after, "followers": 0} == {**before, "followers": 0}, after)


Place = Callable[[Stage, Misdeed], Awaitable[None]]


async def through_all(stage: Stage, place: Place, misdeeds: Mapping[str, Misdeed]) -> dict[str, list[str]]:
    """What was odd about each misdeed at a place, one after the other."""
    odd: dict[str, list[str]] = {}
    for name, misdeed in misdeeds.items():
        stage.odd = []
        await place(stage, misdeed)
        if stage.odd:
            odd[name] = stage.odd
    return odd


PLACES = (at_the_exchange, at_the_discovery, at_a_refresh, at_a_probe, at_a_poll, at_the_revocation)


REDIRECTS = ("301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect")

TRIALS = [
    pytest.param(way, place, id=f"{place.__name__} of {way.login}")
    for way in (WAYS if SOAKING else (TIKTOK,))
    for place in PLACES
    # Facebook's tokens are not renewed, and Instagram hears of no end.
    if (way, place) not in ((FACEBOOK, at_a_refresh), (INSTAGRAM, at_the_revocation))
]


every_place = pytest.mark.parametrize(("way", "place"), TRIALS)


@soak_timeout(600)
@every_place
async def test_nonsense_ends_in_a_word_for_it_and_costs_no_link(
    open_stage: OpenStage, way: Way, place: Place
) -> None:
    stage = await open_stage(way)

    assert await through_all(stage, place, NONSENSE) == {}


@every_place
async def test_no_redirect_leads_a_token_elsewhere(open_stage: OpenStage, way: Way, place: Place) -> None:
    stage = await open_stage(way)

    async with stranger(hears("200 OK")) as elsewhere:
        to = f"http://localhost:{elsewhere.port}/steal?"
        redirects = {status: leads_to(to, status) for status in REDIRECTS}
        odd = await through_all(stage, place, redirects)

    assert odd == {}
    assert elsewhere.dialled == 0
