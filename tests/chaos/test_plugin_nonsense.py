"""A plugin that answers anything at all, and far too much: it is refused where it enters, and nobody waits for it."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest
import pytest_asyncio
from linkroll_sdk import (
    AccountFacts,
    AccountReadings,
    Acknowledged,
    Candidate,
    DeadMetric,
    FoundPost,
    Grant,
    Health,
    NotAnAccount,
    NotAnAccountKind,
    Notified,
    PostKind,
    PostPage,
    PostReadings,
    PostRef,
    ProfileRef,
    Reply,
    TokenSet,
    Wrapped,
)

from server.ids import row_id
from server.sandbox_link import sandbox_logins
from server.services.links.probing import probe
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from support.browser import Browser
from support.chirp import chirps_answer, chirps_signature
from support.odd_answers import ERRORS, HUGE, MIB, NUMBER, SHAPES, endless, endless_later
from support.puppet import PUPPETS_APP, Acts, puppet_platforms
from support.roster import Roster
from support.rows import Rows
from support.sandbox import Sandbox
from support.server import Server, StartServer

GRANT = Grant("subject", TokenSet("token"), frozenset({"read"}))
CANDIDATE = Candidate("chirp", "1", handle="mara")
POST = FoundPost("p1", PostKind.IMAGE, datetime(2026, 1, 1, tzinfo=UTC))


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


async def connect(server: Server, roster: Roster, browser: Browser, profile: str) -> dict[str, Any]:
    """The attempt after a consent at the puppet."""
    attempt, callback = await chirps_answer(server, roster, browser, profile=profile)
    await browser.get(callback)
    return dict(await roster.attempt(attempt))


def grown() -> Callable[[], float]:
    """How many MiB this process has taken since."""
    process = psutil.Process()
    before = process.memory_info().rss
    return lambda: (process.memory_info().rss - before) / MIB


GRANTS = {
    **SHAPES,
    **ERRORS,
    "a huge token": lambda: replace(GRANT, tokens=TokenSet(HUGE)),
    "a huge refresh token": lambda: replace(GRANT, tokens=TokenSet("token", HUGE)),
    "a huge subject": lambda: replace(GRANT, subject=HUGE),
    "scopes without end": lambda: replace(GRANT, scopes=itertools.repeat("read")),  # type: ignore[arg-type]
    "scopes that are a text": lambda: replace(GRANT, scopes="read"),  # type: ignore[arg-type]
    "a huge scope": lambda: replace(GRANT, scopes=frozenset({HUGE})),
    "ten thousand scopes": lambda: replace(GRANT, scopes=frozenset(map(str, range(10_000)))),
    "an end that is none": lambda: replace(GRANT, person_expires_at="soon"),  # type: ignore[arg-type]
}
CANDIDATES = {
    **{name: act for name, act in SHAPES.items() if name != "an empty text"},
    **ERRORS,
    "too many": lambda: [CANDIDATE] * 10_000_000,
    "a huge token": lambda: [replace(CANDIDATE, access_token=HUGE)],
    "a huge address": lambda: [replace(CANDIDATE, avatar_url=HUGE)],
    "scopes without end": lambda: [replace(CANDIDATE, missing_scopes=endless())],  # type: ignore[arg-type]
    "followers that are no number": lambda: [replace(CANDIDATE, followers=math.nan)],  # type: ignore[arg-type]
    "half a follower": lambda: [replace(CANDIDATE, followers=1.5)],  # type: ignore[arg-type]
}


@pytest.mark.parametrize(
    ("hook", "answers"), [("exchange", GRANTS), ("discover", CANDIDATES)], ids=["grant", "candidates"]
)
async def test_a_consent_ends_in_a_word_for_it(
    server: Server,
    roster: Roster,
    browser: Browser,
    mara: str,
    acts: Acts,
    hook: str,
    answers: dict[str, Callable[[], Any]],
) -> None:
    found, taken = {}, grown()
    for name, act in answers.items():
        acts.acts = {hook: act}
        ended = await connect(server, roster, browser, mara)
        found[name] = ended["outcome"]["__typename"]

    assert found == dict.fromkeys(answers, "PlatformUnavailable")
    assert taken() < 200


AUTHORIZE = {
    **SHAPES,
    "a script": lambda: "javascript:alert(1)",
    "plain http": lambda: "http://chirp.example/authorize",
    "another host": lambda: "https://evil.example/authorize",
    "another host by a trick": lambda: "https://chirp.example@evil.example/",
    "two lines": lambda: "https://evil.example\r\nSet-Cookie: a=b",
    "no address": lambda: "https://[",
}


async def test_a_person_is_sent_nowhere_but_to_the_platform(
    server: Server, roster: Roster, browser: Browser, mara: str, acts: Acts
) -> None:
    found = {}
    for name, act in AUTHORIZE.items():
        acts.acts = {"authorize_url": act}
        attempt, authorize_url = await roster.begin(profile=mara, platform="chirp")
        landing = await browser.get(authorize_url)
        ended = await roster.attempt(attempt)
        found[name] = (
            ended["outcome"]["__typename"],
            landing.url.startswith(f"{server.url}/connect/finished"),
        )

    assert found == dict.fromkeys(AUTHORIZE, ("PlatformUnavailable", True))


ACCOUNTS = {
    **SHAPES,
    **ERRORS,
    "ten million numbers": lambda: AccountReadings((NUMBER,) * 10_000_000, "v1"),
    "numbers without end": lambda: AccountReadings(endless(), "v1"),  # type: ignore[arg-type]
    "an async iterator of numbers": lambda: AccountReadings(endless_later(), "v1"),  # type: ignore[arg-type]
    "a huge version": lambda: AccountReadings((NUMBER,), HUGE),
}
LISTINGS = {
    **SHAPES,
    **ERRORS,
    "a million posts": lambda: PostPage((POST,) * 1_000_000, "v1"),
    "posts without end": lambda: PostPage(itertools.repeat(POST), "v1"),  # type: ignore[arg-type]
    "a post with numbers without end": lambda: PostPage((replace(POST, readings=endless()),), "v1"),  # type: ignore[arg-type]
    "a post whose numbers are none": lambda: PostPage((replace(POST, readings=None),), "v1"),  # type: ignore[arg-type]
    "a huge cursor": lambda: PostPage((POST,), "v1", HUGE),
}


@pytest.mark.parametrize(
    ("hook", "work", "answers"),
    [("read_account", "ACCOUNT", ACCOUNTS), ("list_posts", "POSTS", LISTINGS)],
    ids=["account", "listing"],
)
async def test_a_fetch_that_brings_nonsense_is_recorded_as_failed_and_the_other_platform_is_read(
    server: Server,
    roster: Roster,
    browser: Browser,
    mara: str,
    acts: Acts,
    hook: str,
    work: str,
    answers: dict[str, Callable[[], Any]],
) -> None:
    host, found, taken = server.host, {}, grown()
    await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await Rows(host).linked(mara, platform="chirp", scopes=("read",), handle="mara")
    await plan_polls(host)
    for name, act in answers.items():
        acts.acts = {hook: act}
        await host.database.fetch("UPDATE poll SET next_at = $1, last_ok_at = NULL", host.now())
        await asyncio.gather(poll_due(host, "chirp"), poll_due(host, "tiktok"))
        rows = await host.database.fetch(
            "SELECT platform, last_error, last_ok_at FROM poll WHERE work = $1 ORDER BY platform", work
        )
        puppets, other = rows
        found[name] = (puppets["last_error"], other["last_ok_at"] is not None)

    assert found == dict.fromkeys(answers, ("UnexpectedAnswer", True))
    assert taken() < 200


async def test_what_is_too_much_of_a_good_answer_is_let_go(server: Server, mara: str, acts: Acts) -> None:
    """Texts are cut, and what the platform refused is counted no further than anybody would read."""
    host = server.host
    dead = itertools.repeat(DeadMetric("hearts"))
    facts = AccountFacts(display_name=HUGE, avatar_url=HUGE)
    acts.acts = {
        "read_account": lambda: AccountReadings((NUMBER,), "v1", dead, facts),  # type: ignore[arg-type]
        "list_posts": lambda: PostPage((replace(POST, published_at=host.now(), text=HUGE, url=HUGE),), "v1"),
        "read_posts": lambda: PostReadings({str(n): () for n in range(1_000_000)}, "v1"),
    }
    await Rows(host).linked(mara, platform="chirp", scopes=("read",), handle="mara")
    await plan_polls(host)

    await poll_due(host, "chirp")

    [post] = await host.database.fetch("SELECT length(text) AS text, url FROM post")
    assert (post["text"], post["url"]) == (10_000, None)
    [account] = await host.database.fetch(
        "SELECT length(display_name) AS name, avatar_url FROM social_account"
    )
    assert (account["name"], account["avatar_url"]) == (300, None)
    errors = await host.database.fetch("SELECT last_error FROM poll WHERE last_error IS NOT NULL")
    assert errors == []


HEALTHS = {
    **SHAPES,
    **ERRORS,
    "scopes without end": lambda: Health(scopes=itertools.repeat("read")),  # type: ignore[arg-type]
    "an end that is none": lambda: Health(person_expires_at="soon"),  # type: ignore[arg-type]
    "facts that are none": lambda: Health(facts="mara"),  # type: ignore[arg-type]
}


async def test_a_probe_or_a_refresh_that_answers_nonsense_says_nothing_about_the_link(
    server: Server, roster: Roster, mara: str, acts: Acts
) -> None:
    host = server.host
    account = await Rows(host).linked(mara, platform="chirp", scopes=("read",), handle="mara")
    number = row_id(account, "SocialAccount")
    assert number is not None
    for name, act in HEALTHS.items():
        acts.acts = {"probe": act}
        await probe(host, number)
        assert (await roster.status(account), name) == ("LINKED", name)
    for name, act in {**SHAPES, **ERRORS, "a huge token": lambda: TokenSet(HUGE)}.items():
        acts.acts = {"refresh": act}
        await host.database.fetch(
            "UPDATE oauth_grant SET access_expires_at = $1, refresh_not_before = NULL", host.now()
        )
        await probe(host, number)
        assert (await roster.status(account), name) == ("LINKED", name)

    acts.acts = {}
    await host.database.fetch("UPDATE oauth_grant SET refresh_not_before = NULL")
    await probe(host, number)

    [row] = await host.database.fetch(
        "SELECT checked_at, version FROM social_account JOIN oauth_grant ON true"
    )
    assert row["checked_at"] is not None and row["version"] > 0


RESULTS = {
    **SHAPES,
    "a handle that is a number": lambda: ProfileRef(7),  # type: ignore[arg-type]
    "a handle with a NUL": lambda: ProfileRef("ma\0ra"),
    "half a character": lambda: ProfileRef("mara\ud83d"),
    "a huge handle": lambda: ProfileRef(HUGE),
    "an id that is a number": lambda: ProfileRef(None, 7),  # type: ignore[arg-type]
    "a post of nobody": lambda: PostRef(7, 7),  # type: ignore[arg-type]
    "a huge post": lambda: PostRef(HUGE),
    "no hint": lambda: NotAnAccount(NotAnAccountKind.GROUP, None),  # type: ignore[arg-type]
    "a kind that is none": lambda: NotAnAccount("GROUPS", "hint"),  # type: ignore[arg-type]
    "wrapped nothing": lambda: Wrapped(None),  # type: ignore[arg-type]
    "wrapped in itself": lambda: Wrapped("https://chirp.example/mara"),
}


async def test_a_grammar_that_answers_nonsense_gets_a_refusal(roster: Roster, mara: str, acts: Acts) -> None:
    for name, act in RESULTS.items():
        acts.acts = {"parse": act, "parse_handle": act}
        answers = (
            await roster.try_add(mara, "https://chirp.example/mara"),
            await roster.try_add(mara, "mara", "chirp"),
        )
        assert all("code" in answer and len(str(answer)) < 5_000 for answer in answers), (name, answers)

    for act in SHAPES.values():
        acts.acts = {"profile_url": act, "claims": act}
        answer = await roster.try_add(await roster.create_profile("Dina"), "https://www.tiktok.com/@dina")
        assert "__typename" in answer


@pytest.mark.parametrize("hook", ["read", "reply"])
async def test_a_delivery_that_is_read_as_nonsense_is_refused(server: Server, acts: Acts, hook: str) -> None:
    usual = (Acknowledged("test"),)
    more = {
        "read": {
            "a million notices": lambda: Notified("1", usual * 1_000_000),
            "notices without end": lambda: Notified("1", itertools.repeat(usual[0])),  # type: ignore[arg-type]
            "no notices": lambda: Notified("1", None),  # type: ignore[arg-type]
        },
        "reply": {
            "a huge reply": lambda: Reply(200, HUGE.encode()),
            "a status that is none": lambda: Reply("OK"),  # type: ignore[arg-type]
            "a status of nobody": lambda: Reply(99_999),
            "two lines": lambda: Reply(200, b"", "text/plain\r\nSet-Cookie: a=b"),
        },
    }
    answers, found = {**SHAPES, **more[hook]}, {}
    for name, act in answers.items():
        acts.acts = {hook: act}
        body = f'{{"id": "{name}", "events": []}}'.encode()
        headers = {"Chirp-Signature": chirps_signature("secret", body)}
        url = f"{server.url}/callbacks/chirp/events"
        async with server.session.post(url, data=body, headers=headers) as answer:
            found[name] = answer.status

    assert found == dict.fromkeys(answers, 500)
