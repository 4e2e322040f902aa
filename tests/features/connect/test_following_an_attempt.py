"""An attempt can be followed and steered without being the browser: by its node, its stream, and a cancel."""

from __future__ import annotations

import asyncio

import pytest

from server.services.callers.viewers import Role
from support.browser import Browser
from support.client import Client
from support.clock import Travel
from support.roster import ATTEMPT, Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer

FOLLOW = f"subscription ($id: ID!) {{ connectAttemptChanged(id: $id) {{ {ATTEMPT} }} }}"

SLOW_EXCHANGE = {"kind": "slow", "seconds": 2, "host": "open.tiktokapis.com", "path": "/v2/oauth/token/"}


@pytest.fixture
async def marabakes(roster: Roster, mara: str) -> str:
    """Mara's TikTok account, added."""
    return await roster.add(mara, "@marabakes", "tiktok")


async def states_until_the_end(client: Client, attempt: str, started: asyncio.Event) -> list[str]:
    """Every state that a follower sees; the stream must end by itself."""
    seen = []
    async with client.subscribe(FOLLOW, id=attempt) as changes:
        async for change in changes:
            seen.append(change["state"])
            started.set()
    return seen


async def follow(client: Client, attempt: str) -> asyncio.Task[list[str]]:
    """A follower who has seen the first state already."""
    started = asyncio.Event()
    task = asyncio.create_task(states_until_the_end(client, attempt, started))
    await started.wait()
    return task


# Following


async def test_a_follower_sees_each_state_and_the_end(
    roster: Roster, browser: Browser, sandbox: Sandbox, marabakes: str
) -> None:
    await sandbox.fault(**SLOW_EXCHANGE)
    attempt, authorize_url = await roster.begin(marabakes)

    async with roster.client.subscribe(FOLLOW, id=attempt) as changes:
        begun = await anext(changes)
        await browser.get(authorize_url)
        opened = await anext(changes)
        returning = asyncio.create_task(browser.consent(authorize_url, "mara"))
        rest = [change["state"] async for change in changes]
    await returning

    assert (begun["state"], opened["state"]) == ("PENDING", "AUTHORIZING")
    assert rest == ["EXCHANGING", "SUCCEEDED"]


async def test_a_follower_gets_the_linked_accounts_with_the_end(
    roster: Roster, browser: Browser, marabakes: str
) -> None:
    attempt, authorize_url = await roster.begin(marabakes)

    async with roster.client.subscribe(FOLLOW, id=attempt) as changes:
        await browser.consent(authorize_url, "mara")
        last = [change async for change in changes][-1]

    assert last["state"] == "SUCCEEDED"
    assert [a["id"] for a in last["outcome"]["socialAccounts"]] == [marabakes]
    assert last == await roster.attempt(attempt)


async def test_a_follower_sees_the_candidates_when_a_choice_is_due(
    roster: Roster, browser: Browser, dina: str
) -> None:
    attempt, authorize_url = await roster.begin(profile=dina, platform="facebook")

    async with roster.client.subscribe(FOLLOW, id=attempt) as changes:
        await browser.consent(authorize_url, "dina")
        async for change in changes:
            if change["state"] == "CHOOSING":
                await roster.choose(attempt, [change["candidates"][0]["id"]])
                break
        rest = [change["state"] async for change in changes]

    assert len(change["candidates"]) == 7
    assert rest == ["SUCCEEDED"]


async def test_a_follower_sees_a_no(roster: Roster, browser: Browser, marabakes: str) -> None:
    attempt, authorize_url = await roster.begin(marabakes)
    following = await follow(roster.client, attempt)

    await browser.consent(authorize_url, "mara", decision="deny")

    states = await following
    assert states[0] == "PENDING" and states[-1] == "FAILED"


async def test_a_follower_sees_time_run_out(roster: Roster, marabakes: str, travel: Travel) -> None:
    attempt, _ = await roster.begin(marabakes)
    following = await follow(roster.client, attempt)

    await travel(minutes=11)

    assert await following == ["PENDING", "EXPIRED"]


async def test_who_follows_an_attempt_that_has_ended_gets_the_end_at_once(
    roster: Roster, browser: Browser, marabakes: str
) -> None:
    attempt, _ = await roster.walk(browser, "mara", marabakes)

    seen = await states_until_the_end(roster.client, attempt["id"], asyncio.Event())

    assert seen == ["SUCCEEDED"]


async def test_several_followers_see_the_same(
    roster: Roster, browser: Browser, server: Server, marabakes: str
) -> None:
    attempt, authorize_url = await roster.begin(marabakes)
    observer = await server.client(Role.OBSERVER)
    followers = [await follow(client, attempt) for client in (roster.client, roster.client, observer)]

    await browser.consent(authorize_url, "mara")

    ends = [(await follower)[-1] for follower in followers]
    assert ends == ["SUCCEEDED"] * 3


async def test_a_follower_at_another_process_sees_it_too(start_server: StartServer, browser: Browser) -> None:
    here, there = await start_server(), await start_server()
    roster = await here.roster()
    account = await roster.add(await roster.create_profile("Mara Linden"), "@marabakes", "tiktok")
    attempt, authorize_url = await roster.begin(account)
    following = await follow(await there.client(), attempt)

    await browser.consent(authorize_url, "mara")

    assert (await following)[-1] == "SUCCEEDED"


async def test_an_attempt_is_a_node_with_all_that_a_waiting_page_needs(
    roster: Roster, mara: str, marabakes: str
) -> None:
    attempt, _ = await roster.begin(marabakes)

    found = await roster.client.ask(
        """query ($id: ID!) { node(id: $id) { ... on ConnectAttempt {
          state login platform createdAt expiresAt finishedAt outcome { __typename }
          profile { id } expectedAccount { id } candidates { id }
        } } }""",
        id=attempt,
    )

    assert found.pop("createdAt") < found.pop("expiresAt")
    assert found == {
        "state": "PENDING",
        "login": "tiktok",
        "platform": "tiktok",
        "finishedAt": None,
        "outcome": None,
        "profile": {"id": mara},
        "expectedAccount": {"id": marabakes},
        "candidates": [],
    }


async def test_an_attempt_of_somebody_else_looks_like_none(
    server: Server, roster: Roster, marabakes: str, dina: str
) -> None:
    attempt, _ = await roster.begin(marabakes)
    stranger = await server.roster(Role.CREATOR, dina)

    answer = await stranger.cancel(attempt)

    assert await stranger.attempt(attempt) is None
    assert answer["__typename"] == "ConnectAttemptNotFound"
    assert (await roster.attempt(attempt))["state"] == "PENDING"


async def test_a_creator_connects_their_own_account(
    server: Server, browser: Browser, mara: str, marabakes: str
) -> None:
    creator = await server.roster(Role.CREATOR, mara)

    attempt, _ = await creator.walk(browser, "mara", marabakes)

    assert attempt["state"] == "SUCCEEDED", attempt


# Cancelling


async def test_a_cancelled_attempt_cannot_be_opened(
    roster: Roster, browser: Browser, sandbox: Sandbox, marabakes: str
) -> None:
    attempt, authorize_url = await roster.begin(marabakes)

    answer = await roster.cancel(attempt)
    landing = await browser.get(authorize_url)

    assert answer["attempt"]["state"] == "CANCELLED"
    assert (await roster.attempt(attempt))["outcome"]["code"] == "ATTEMPT_CANCELLED"
    assert landing.status == 410
    assert await sandbox.requests() == []


async def test_a_cancel_is_seen_by_the_follower(roster: Roster, marabakes: str) -> None:
    attempt, _ = await roster.begin(marabakes)
    following = await follow(roster.client, attempt)

    await roster.cancel(attempt)

    assert await following == ["PENDING", "CANCELLED"]


async def test_the_answer_to_a_cancelled_attempt_makes_no_token_request(
    roster: Roster, browser: Browser, sandbox: Sandbox, marabakes: str
) -> None:
    attempt, callback = await roster.walk_halfway(browser, "mara", marabakes)
    await roster.cancel(attempt)

    landing = await browser.get(callback)

    assert landing.status == 400
    assert await sandbox.code_exchanges() == []
    assert await roster.status(marabakes) == "ADDED"


async def test_a_cancel_during_the_exchange_wins_and_no_token_is_kept(
    roster: Roster, browser: Browser, sandbox: Sandbox, server: Server, marabakes: str
) -> None:
    await sandbox.fault(**SLOW_EXCHANGE)
    attempt, callback = await roster.walk_halfway(browser, "mara", marabakes)

    async with roster.client.subscribe(FOLLOW, id=attempt) as changes:
        returning = asyncio.create_task(browser.get(callback))
        async for change in changes:
            if change["state"] == "EXCHANGING":
                break
        await roster.cancel(attempt)
        cancelled_in_time = not returning.done()
    landing = await returning

    assert cancelled_in_time
    assert len(await sandbox.code_exchanges()) == 1
    assert (await roster.attempt(attempt))["state"] == "CANCELLED"
    assert "cancelled" in landing.text
    assert await roster.status(marabakes) == "ADDED"
    assert await server.sealed_tokens() == {}


async def test_a_cancelled_choice_forgets_its_tokens(
    roster: Roster, browser: Browser, server: Server, dina: str
) -> None:
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")
    waiting = await server.sealed_tokens()

    await roster.cancel(attempt["id"])

    assert waiting and await server.sealed_tokens() == {}
    refused = await roster.choose(attempt["id"], [attempt["candidates"][0]["id"]])
    assert refused["__typename"] == "AttemptNotChoosing"


async def test_cancelling_what_has_ended_changes_nothing(
    roster: Roster, browser: Browser, marabakes: str
) -> None:
    attempt, _ = await roster.walk(browser, "mara", marabakes)

    answer = await roster.cancel(attempt["id"])

    assert answer["attempt"]["state"] == "SUCCEEDED"
    assert await roster.attempt(attempt["id"]) == attempt
    assert await roster.status(marabakes) == "LINKED"


# Too many


async def test_a_caller_may_hold_only_so_many_open_attempts(start_server: StartServer) -> None:
    server = await start_server(attempts_per_caller=2)
    roster = await server.roster()
    account = await roster.add(await roster.create_profile("Mara Linden"), "@marabakes", "tiktok")
    target = {"socialAccountId": account}
    first, _ = await roster.begin(account)
    await roster.begin(account)

    refused = await roster.try_connect(target=target)
    of_another = await (await server.roster()).try_connect(target=target)
    await roster.cancel(first)
    after_a_cancel = await roster.try_connect(target=target)

    assert refused["__typename"] == "TooManyAttempts" and "2 open attempts" in refused["message"]
    assert of_another["__typename"] == after_a_cancel["__typename"] == "ConnectSocialAccountSuccess"


async def test_many_begun_at_the_same_moment_do_not_slip_past_the_limit(start_server: StartServer) -> None:
    server = await start_server(attempts_per_caller=3)
    roster = await server.roster()
    account = await roster.add(await roster.create_profile("Mara Linden"), "@marabakes", "tiktok")

    answers = await asyncio.gather(
        *(roster.try_connect(target={"socialAccountId": account}) for _ in range(12))
    )

    begun = [a for a in answers if a["__typename"] == "ConnectSocialAccountSuccess"]
    assert len(begun) == 3
    assert {a["__typename"] for a in answers if a not in begun} == {"TooManyAttempts"}


async def test_attempts_that_ended_count_no_longer(start_server: StartServer, browser: Browser) -> None:
    server = await start_server(attempts_per_caller=1)
    roster = await server.roster()
    account = await roster.add(await roster.create_profile("Mara Linden"), "@marabakes", "tiktok")

    for _ in range(3):
        attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED"
