"""
A plugin that does not come back: whoever asked it is answered in time, and everybody else does not wait at all.

What blocks the whole process (`time.sleep`, an expensive pattern) nothing can cut off: it is named in the log.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
import structlog
from linkroll_sdk import PlatformUnavailable, TokenSet

from server.sandbox_link import sandbox_logins
from server.services.callbacks.callbacks import READ_SECONDS
from server.services.links.grants import REVOKE_SECONDS
from server.services.platforms.logins import CALL_SECONDS, LEAVE_SECONDS, LONG_SECONDS, ask, call
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from support.browser import Browser
from support.chirp import chirps_answer, chirps_signature
from support.puppet import PUPPETS_APP, Acts, PuppetLogin, puppet_platforms
from support.roster import Roster
from support.rows import Rows
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.soak import SOAKING, soak_timeout

SOON = 0.1
SLACK = 15.0
"""For a machine that is busy with other things."""


@pytest_asyncio.fixture
async def acts() -> Acts:
    """What the plugin does."""
    return Acts()


@pytest_asyncio.fixture
async def server(start_server: StartServer, sandbox: Sandbox, acts: Acts) -> Server:
    """A server with the puppet beside the real plugins."""
    logins = {**await sandbox_logins(sandbox.url), "chirp": PUPPETS_APP}
    return await start_server(platforms=puppet_platforms(acts), logins=logins)


@pytest_asyncio.fixture
async def mara(roster: Roster) -> str:
    """A profile."""
    return await roster.create_profile("Mara Linden")


async def timed(work: Awaitable[Any]) -> tuple[Any, float]:
    """What came, and after how many seconds."""
    begun = time.monotonic()
    return await work, time.monotonic() - begun


async def test_one_that_waits_for_ever_is_cut_off() -> None:
    cut = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with pytest.raises(PlatformUnavailable, match="time-out"):
        await call(PuppetLogin(Acts()), "probe", wait, SOON)
    assert cut.is_set()


async def test_one_that_cannot_be_stopped_is_left_behind() -> None:
    release = asyncio.Event()
    ended = asyncio.Event()

    async def stay() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        ended.set()

    with structlog.testing.capture_logs() as logged:
        asked = asyncio.create_task(timed(_refused(stay)))
        _, seconds = await asked
    release.set()
    await asyncio.wait_for(ended.wait(), 10)

    assert seconds < SOON + LEAVE_SECONDS + SLACK
    assert "plugin cannot be stopped" in [line["event"] for line in logged]


async def _refused(act: Callable[[], Awaitable[None]]) -> None:
    with pytest.raises(PlatformUnavailable, match="time-out"):
        await call(PuppetLogin(Acts()), "probe", act, SOON)


async def test_one_that_fails_while_it_is_cut_off_took_too_long() -> None:
    async def fail() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise KeyError("lost") from None

    await _refused(fail)


async def test_an_answer_that_comes_at_the_last_moment_is_kept() -> None:
    """It may be the only copy of a new pair of tokens."""

    async def hurry() -> TokenSet:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return TokenSet("new")
        raise AssertionError

    assert await call(PuppetLogin(Acts()), "refresh", hurry, SOON) == TokenSet("new")


async def test_one_that_blocks_everybody_is_named() -> None:
    with structlog.testing.capture_logs() as logged:
        ask(PuppetLogin(Acts()), "classify", lambda: time.sleep(2 * LONG_SECONDS))
        ask(PuppetLogin(Acts()), "usage", lambda: None)

    named = [line["operation"] for line in logged if line["event"] == "plugin held up everybody"]
    assert named == ["classify"]


async def test_nobody_else_waits_for_one_that_hangs(
    server: Server, roster: Roster, new_browser: Callable[[], Browser], mara: str, acts: Acts
) -> None:
    host, release = server.host, asyncio.Event()
    acts.acts = dict.fromkeys(("exchange", "revoke", "read_account", "list_posts"), release.wait)
    mine = await Rows(host).linked(mara, platform="chirp", scopes=("read",), handle="mara")
    ending = await Rows(host).linked(mara, platform="chirp", scopes=("read",), handle="dina")
    other = await roster.link(new_browser(), "mara", mara, "@marabakes", "tiktok")
    await plan_polls(host)
    browser = new_browser()
    attempt, callback = await chirps_answer(server, roster, browser, profile=mara)

    hanging = [
        asyncio.create_task(work)
        for work in (browser.get(callback), roster.unlink(ending), poll_due(host, "chirp"))
    ]
    again, _ = await roster.walk(new_browser(), "mara", other)
    await poll_due(host, "tiktok")
    status = [await roster.status(account) for account in (mine, ending, other)]
    waiting = [task.done() for task in hanging]
    # Stays as it is until the plugin has spoken.
    state = (await roster.attempt(attempt))["state"]
    release.set()
    await asyncio.gather(*hanging)

    assert again["state"] == "SUCCEEDED"
    assert waiting == [False, False, False]
    assert status == ["LINKED", "INVALID", "LINKED"]
    assert state not in ("SUCCEEDED", "FAILED")
    [read] = await host.database.fetch("SELECT min(last_ok_at) AS at FROM poll WHERE platform = 'tiktok'")
    assert read["at"] is not None


@pytest.mark.skipif(not SOAKING, reason="waits out a minute: make soak")
@soak_timeout(300)
async def test_every_answer_comes_in_time_while_a_plugin_hangs(
    server: Server, roster: Roster, browser: Browser, mara: str, acts: Acts
) -> None:
    acts.acts = dict.fromkeys(("exchange", "revoke", "read"), asyncio.Event().wait)
    ending = await Rows(server.host).linked(mara, platform="chirp", scopes=("read",))
    attempt, callback = await chirps_answer(server, roster, browser, profile=mara)
    body = json.dumps({"id": "1", "events": []}).encode()
    headers = {"Chirp-Signature": chirps_signature("secret", body)}
    url = f"{server.url}/callbacks/chirp/events"

    (_, consent), (ended, unlink), (delivery, read) = await asyncio.gather(
        timed(browser.get(callback)),
        timed(roster.unlink(ending)),
        timed(server.session.post(url, data=body, headers=headers)),
    )

    assert consent < CALL_SECONDS + SLACK
    assert (await roster.attempt(attempt))["outcome"]["__typename"] == "PlatformUnavailable"
    assert unlink < REVOKE_SECONDS + SLACK
    assert ended["revocation"] == "FAILED"
    assert read < READ_SECONDS + SLACK
    assert delivery.status == 503
