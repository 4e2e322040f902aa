"""A person in a consent meets a database that is away: they read a page that says so, and can go on after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from support.browser import Browser
from support.client import Client
from support.outages import (
    INSIDE,
    assert_nothing_is_left,
    directly,
    recovered,
    status_of,
    until,
)
from support.relay import Line, Relay
from support.roster import Roster
from support.server import Server

COUNT = "{ profiles { totalCount } }"
AWAY: dict[str, Callable[[Relay], None]] = {"refused": Relay.refuse, "swallowed": Relay.swallow}


def _of(faults: dict[str, Callable[[Relay], None]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("trouble", list(faults.values()), ids=list(faults))


def _is_a_page_that_says_not_now(landing: Any) -> None:
    assert landing.status == 503 and "Not now" in landing.text and "<!doctype html>" in landing.text
    assert not INSIDE.search(landing.text)


@_of(AWAY)
async def test_the_platforms_answer_is_not_lost_and_counts_when_the_page_is_loaded_again(
    asker: Client,
    browser: Browser,
    relay: Relay,
    mara: str,
    trouble: Callable[[Relay], None],
) -> None:
    roster = Roster(asker)
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, callback = await roster.walk_halfway(browser, "mara", account)

    trouble(relay)
    met = await browser.get(callback)
    relay.carry()
    await recovered(asker, COUNT)
    ended = await browser.get(callback)

    _is_a_page_that_says_not_now(met)
    assert ended.status == 200
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"
    assert await roster.status(account) == "LINKED"


@_of(AWAY)
async def test_our_own_address_can_be_opened_again(
    asker: Client, browser: Browser, relay: Relay, mara: str, trouble: Callable[[Relay], None]
) -> None:
    roster = Roster(asker)
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, address = await roster.begin(account)

    trouble(relay)
    met = await browser.get(address)
    relay.carry()
    await recovered(asker, COUNT)
    await browser.consent(address, "mara")

    _is_a_page_that_says_not_now(met)
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def test_what_a_consent_brought_is_kept_though_the_database_is_away_for_a_moment(
    asker: Client, browser: Browser, relay: Relay, mara: str
) -> None:
    """The code is spent and the tokens exist nowhere else: the person would have to consent once more."""
    roster = Roster(asker)
    account = await roster.add(mara, "@marabakes", "tiktok")
    attempt, callback = await roster.walk_halfway(browser, "mara", account)

    relay.asking.when(b'INTO "oauth_grant"', lambda _: relay.refuse())
    landing = asyncio.create_task(browser.get(callback))
    await until(lambda: _is_refusing(relay))
    await asyncio.sleep(0.5)
    relay.carry()

    assert (await landing).status == 200
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"


async def _is_refusing(relay: Relay) -> bool:
    return relay.refuses


@pytest.mark.parametrize("commit", range(4))
async def test_a_callback_that_loses_a_commit_leaves_nothing_half_done(
    behind: Server,
    asker: Client,
    browser: Browser,
    relay: Relay,
    mara: str,
    database_url: str,
    commit: int,
) -> None:
    """Either the account is linked with its grant and event, or nothing is and a new attempt links it."""
    roster = Roster(asker)
    account = await roster.add(mara, "@marabakes", "tiktok")
    _, callback = await roster.walk_halfway(browser, "mara", account)

    relay.asking.when(b"COMMIT", Line.cut, skip=commit)
    await browser.get(callback)
    relay.carry()
    await recovered(asker, COUNT)

    assert await roster.status(account) in ("ADDED", "LINKED")
    await _is_whole(database_url)
    if await roster.status(account) == "ADDED":
        await roster.walk(browser, "mara", account)
    assert await roster.status(account) == "LINKED"
    await _is_whole(database_url)
    await assert_nothing_is_left(behind, database_url)


async def _is_whole(url: str) -> None:
    """A linked account has a grant and one event that says so; any other has neither."""
    async with directly(url) as connection:
        rows = await connection.fetch(
            "SELECT a.grant_id IS NOT NULL AS linked, EXISTS (SELECT 1 FROM oauth_grant g WHERE g.id = a.grant_id)"
            " AS granted, (SELECT count(*) FROM status_event e WHERE e.account_id = a.id AND e.status = 'LINKED')"
            " AS told FROM social_account a"
        )
    assert [(r["granted"], r["told"]) for r in rows] == [(r["linked"], int(r["linked"])) for r in rows]


async def test_the_page_at_the_end_says_so_too(
    behind: Server, asker: Client, relay: Relay, mara: str, browser: Browser
) -> None:
    relay.refuse()

    status, _ = await status_of(behind, "/connect/finished?attempt=Q29ubmVjdEF0dGVtcHQ6MQ")
    callback, _ = await status_of(behind, "/callbacks/tiktok/webhook")

    assert status == 503
    assert callback in (400, 404, 405, 503)
