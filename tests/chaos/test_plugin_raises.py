"""
A plugin that raises: its own accounts get a word for it, and everybody else is served in the same moment.

Also what is no ordinary error. A plugin that ends the program (`sys.exit`, in a library that was made for the
command line) or cancels itself must not take the server along: the operator stops it by a signal, which never
comes through a plugin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from server.ids import row_id
from server.sandbox_link import sandbox_logins
from server.services.links.links import use_link
from server.services.links.probing import probe
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from server.worker.upkeep import probe_due, refresh_due
from support.browser import Browser
from support.chirp import chirps_answer, chirps_signature
from support.puppet import PUPPETS_APP, SECRET, Acts, puppet_platforms
from support.roster import Roster
from support.rows import Rows
from support.sandbox import Sandbox
from support.server import Server, StartServer


class Ended(BaseException):
    """No ordinary error either."""


def raising(error: BaseException) -> Callable[[], Any]:
    """An act that raises."""

    def act() -> Any:
        raise error

    return act


async def _cancels_itself() -> None:
    asyncio.get_running_loop().create_future().cancel()
    waited = asyncio.get_running_loop().create_future()
    waited.cancel()
    await waited


ERRORS: dict[str, BaseException] = {
    "an ordinary error": RuntimeError(SECRET),
    "an assertion": AssertionError(SECRET),
    "an end of the program": SystemExit(SECRET),
    "an interruption": KeyboardInterrupt(SECRET),
    "a cancellation": asyncio.CancelledError(SECRET),
    "a time-out of its own": TimeoutError(SECRET),
    "the end of an iterator": StopIteration(SECRET),
    "too deep": RecursionError(SECRET),
    "no memory": MemoryError(SECRET),
    "a group": BaseExceptionGroup(SECRET, [SystemExit(SECRET)]),
    "something else": Ended(SECRET),
}

CHECKED = "SELECT checked_at FROM social_account WHERE id = $1"
POLLED = "SELECT string_agg(DISTINCT last_error, ' ') FROM poll WHERE account_id = $1"
READ = "SELECT max(last_ok_at) FROM poll WHERE account_id = $1"


@dataclass
class Scene:
    """A server with a puppet beside the real plugins; the same profile has an account at either."""

    server: Server
    acts: Acts
    roster: Roster
    browser: Browser
    profile: str
    puppets: str
    other: str

    def number(self, account: str) -> int:
        """An account's row."""
        found = row_id(account, "SocialAccount")
        assert found is not None
        return found

    async def value(self, sql: str, account: str) -> Any:
        """One value about an account."""
        rows = await self.server.host.database.fetch(sql, self.number(account))
        return rows[0][0] if rows else None


@pytest_asyncio.fixture
async def scene(start_server: StartServer, sandbox: Sandbox, browser: Browser) -> Scene:
    """One, with TikTok as the other."""
    acts = Acts()
    server = await start_server(
        platforms=puppet_platforms(acts),
        logins={**await sandbox_logins(sandbox.url), "chirp": PUPPETS_APP},
    )
    roster = await server.roster()
    profile = await roster.create_profile("Mara Linden")
    other = await roster.link(browser, "mara", profile, "@marabakes", "tiktok")
    puppets = await Rows(server.host).linked(profile, platform="chirp", scopes=("read",), handle="mara")
    return Scene(server, acts, roster, browser, profile, puppets, other)


@pytest.mark.parametrize("hook", ["authorize_url", "read_callback", "exchange", "discover"])
async def test_a_consent_ends_in_a_word_for_it(scene: Scene, hook: str) -> None:
    found = {}
    for name, error in ERRORS.items():
        scene.acts.acts = {hook: raising(error)}
        attempt, authorize_url = await scene.roster.begin(profile=scene.profile, platform="chirp")
        page = await scene.browser.get(authorize_url, stop_at=scene.server.host.settings.sandbox_url)
        if hook != "authorize_url":
            state = page.url.partition("state=")[2]
            page = await scene.browser.get(f"{scene.server.url}/oauth/chirp/callback?code=x&state={state}")
        ended = await scene.roster.attempt(attempt)
        assert SECRET not in page.text + str(ended)
        found[name] = (ended["outcome"]["__typename"], page.status)

    assert found == dict.fromkeys(ERRORS, ("PlatformUnavailable", 200))
    again, _ = await scene.roster.walk(scene.browser, "mara", scene.other)
    assert again["state"] == "SUCCEEDED"


async def test_what_the_worker_does_goes_on_with_everybody_else(scene: Scene) -> None:
    host, sql = scene.server.host, scene.server.host.database.fetch
    hooks = ("refresh", "probe", "read_account", "list_posts", "list_stories", "read_posts")
    await plan_polls(host)
    for error in ERRORS.values():
        scene.acts.acts = dict.fromkeys(hooks, raising(error))
        await sql("UPDATE oauth_grant SET access_expires_at = $1, refresh_not_before = NULL", host.now())
        await sql("UPDATE social_account SET probe_at = $1, checked_at = NULL", host.now())
        for chore in (refresh_due, probe_due):
            await asyncio.gather(chore(host, "chirp"), chore(host, "tiktok"))
        assert await scene.value(CHECKED, scene.puppets) is None
        assert await scene.value(CHECKED, scene.other) is not None, error

        await sql("UPDATE oauth_grant SET access_expires_at = NULL WHERE login = 'chirp'")
        await sql("UPDATE social_account SET probe_at = $1", host.now())
        await probe_due(host, "chirp")
        assert await scene.value(CHECKED, scene.puppets) is None

        await sql("UPDATE poll SET next_at = $1, last_ok_at = NULL", host.now())
        await asyncio.gather(poll_due(host, "chirp"), poll_due(host, "tiktok"))
        assert await scene.value(POLLED, scene.puppets) in ("UnexpectedAnswer", "PlatformUnavailable")
        assert await scene.value(POLLED, scene.other) is None
        assert await scene.value(READ, scene.other) is not None, error

    assert {"refresh", "probe", "read_account", "list_posts"} <= set(scene.acts.calls)
    assert await scene.roster.status(scene.puppets) == "LINKED"


async def test_an_account_can_be_unlinked_all_the_same(scene: Scene) -> None:
    for error in ERRORS.values():
        scene.acts.acts = {"revoke": raising(error)}
        account = await Rows(scene.server.host).linked(scene.profile, platform="chirp", scopes=("read",))

        assert (await scene.roster.unlink(account))["revocation"] == "FAILED", error

    assert await scene.roster.status(scene.other) == "LINKED"


@pytest.mark.parametrize("hook", ["claims", "parse", "parse_handle", "profile_url"])
async def test_a_grammar_hurts_only_its_own_addresses(scene: Scene, hook: str) -> None:
    for number, error in enumerate(ERRORS.values()):
        scene.acts.acts = {hook: raising(error)}
        profile = await scene.roster.create_profile("Dina")

        refused = await scene.roster.try_add(profile, f"https://chirp.example/dina{number}")
        named = await scene.roster.try_add(profile, f"dina{number}", "chirp")
        added = await scene.roster.try_add(profile, f"https://www.tiktok.com/@dina.{number}")

        told = {answer.get("code") for answer in (refused, named)} - {None}
        assert told <= {"UNKNOWN_ADDRESS", "NOT_AN_ACCOUNT_ADDRESS", "ACCOUNT_ALREADY_ATTACHED"}
        assert told or hook == "profile_url"
        assert added["__typename"] == "AddSocialAccountSuccess", added


@pytest.mark.parametrize("hook", ["parse_handle", "fingerprints"])
async def test_what_is_asked_while_a_consent_is_settled_does_not_break_it(scene: Scene, hook: str) -> None:
    dina = await scene.roster.create_profile("Dina")
    for error in ERRORS.values():
        scene.acts.acts = {hook: raising(error)}

        attempt, callback = await chirps_answer(scene.server, scene.roster, scene.browser, profile=dina)
        await scene.browser.get(callback)

        assert (await scene.roster.attempt(attempt))["state"] == "SUCCEEDED", error


@pytest.mark.parametrize("hook", ["read", "reply", "answer_challenge"])
async def test_a_delivery_is_answered_and_nobody_falls(scene: Scene, hook: str) -> None:
    url, found = f"{scene.server.url}/callbacks/chirp/events", set()
    for name, error in ERRORS.items():
        scene.acts.acts = {hook: raising(error)}
        body = json.dumps({"id": name, "events": []}).encode()
        headers = {"Chirp-Signature": chirps_signature("secret", body)}
        method = "GET" if hook == "answer_challenge" else "POST"
        query = {"for": "id", "challenge": "1"}
        async with scene.server.session.request(
            method, url, data=body, headers=headers, params=query
        ) as answer:
            found.add(answer.status)
            assert SECRET not in await answer.text()

    assert found == {500, 503}
    assert await scene.roster.status(scene.other) == "LINKED"


async def test_waiting_for_what_was_cancelled_is_a_failure_of_its_own(scene: Scene) -> None:
    scene.acts.acts["probe"] = _cancels_itself

    await probe(scene.server.host, scene.number(scene.puppets))

    rows = await scene.server.host.database.fetch(
        "SELECT probe_failures FROM social_account WHERE probe_failures = 1"
    )
    assert len(rows) == 1


async def test_whoever_gives_up_waiting_is_still_cancelled(scene: Scene) -> None:
    """Only what the plugin made up is taken for its failure."""
    begun = asyncio.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def question(*_: object) -> None:
        await wait()

    use = asyncio.create_task(use_link(scene.server.host, scene.number(scene.puppets), "probe", question))
    await begun.wait()
    use.cancel()

    with pytest.raises(asyncio.CancelledError):
        await use
