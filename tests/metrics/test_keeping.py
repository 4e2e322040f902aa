"""Answers are kept together: few statements an account, and none suffers for another."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from linkroll_sdk import Work

from server.ids import row_id
from server.services.polling.poll_claims import claim_polls
from server.services.polling.poll_jobs import LINK_FRESH
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from support.desk import Desk, OpenDesk, StartHost

ACCOUNTS = 40
MOST_STATEMENTS = 14
"""An account: its numbers, a page of posts and its stories, with what the round itself asks."""


async def more_accounts(desk: Desk, number: int) -> list[int]:
    """So many linked accounts beside the first."""
    profile = await desk.rows.profile("Jonas Tamm")
    made = [await desk.rows.linked(profile, platform="chirp", scopes=("read",)) for _ in range(number)]
    return [row_id(account, "SocialAccount") or 0 for account in made]


@contextlib.asynccontextmanager
async def in_hands(database_url: str, statement: str) -> AsyncIterator[None]:
    """Somebody else's transaction around this, which begins with a statement."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield
    finally:
        await connection.close()


async def read_accounts(desk: Desk) -> set[int]:
    """The accounts of which there is a number."""
    return {row["account_id"] for row in await desk.fetch("SELECT DISTINCT account_id FROM metric_latest")}


async def until_read(desk: Desk, accounts: set[int]) -> None:
    """Wait until there are numbers of these accounts."""
    async with asyncio.timeout(60):
        while await read_accounts(desk) != accounts:
            await asyncio.sleep(0.05)


async def all_due(desk: Desk) -> None:
    """Everything that is planned is due."""
    desk.travel(hours=26)
    await plan_polls(desk.host)


async def test_many_accounts_take_few_statements_each(open_desk: OpenDesk) -> None:
    """
    Each account that is read on its own takes twenty: two for its link, and a transaction of eight an answer.
    """
    seen: list[str] = []
    desk = await open_desk(observe=seen.append)
    await more_accounts(desk, ACCOUNTS - 1)
    desk.api.publish("p", desk.now - timedelta(days=3), plays=1)
    await desk.poll()
    await all_due(desk)
    seen.clear()

    assert await poll_due(desk.host, "chirp") >= 2 * ACCOUNTS

    told = "\n".join(f"{n:5} {text[:90]}" for text, n in Counter(seen).most_common(20))
    assert len(seen) <= MOST_STATEMENTS * ACCOUNTS, told


async def test_an_answer_that_cannot_be_kept_hurts_no_other(desk: Desk) -> None:
    others = await more_accounts(desk, 7)
    await desk.fetch("ALTER TABLE metric_latest ADD CHECK (account_id <> " + str(others[3]) + ")")

    await desk.poll()

    assert await read_accounts(desk) == {desk.account, *others} - {others[3]}
    failed = await desk.fetch(
        "SELECT account_id, last_error FROM poll WHERE failures > 0 AND work = 'ACCOUNT'"
    )
    assert [(row["account_id"], row["last_error"]) for row in failed] == [(others[3], "CheckViolationError")]


async def test_an_account_in_somebodys_hands_holds_up_no_other(desk: Desk, database_url: str) -> None:
    others = await more_accounts(desk, 7)
    await plan_polls(desk.host)
    held = f"SELECT 1 FROM social_account WHERE id = {others[3]} FOR UPDATE"

    async with in_hands(database_url, held):
        round_ = asyncio.create_task(poll_due(desk.host, "chirp"))
        await until_read(desk, {desk.account, *others} - {others[3]})
        assert not round_.done()
    await round_

    assert others[3] in await read_accounts(desk)


@pytest.mark.parametrize("end", ["grant_id = NULL", "consent_expires_at = now()"], ids=str)
async def test_an_account_whose_link_ends_while_it_is_read_leaves_nothing(
    desk: Desk, database_url: str, end: str
) -> None:
    others = await more_accounts(desk, 3)
    await plan_polls(desk.host)
    ended = f"UPDATE social_account SET {end} WHERE id = {others[0]}"

    async with in_hands(database_url, ended):
        round_ = asyncio.create_task(poll_due(desk.host, "chirp"))
        await until_read(desk, {desk.account, *others[1:]})
    await round_

    assert await read_accounts(desk) == {desk.account, *others[1:]}


async def test_two_processes_that_read_the_same_accounts_never_wait_for_each_other(
    desk: Desk, start_host: StartHost
) -> None:
    """Both read all: their claims are taken away from under them."""
    await more_accounts(desk, 15)
    await plan_polls(desk.host)
    other = await start_host()

    async with asyncio.timeout(120):
        rounds = [asyncio.create_task(poll_due(host, "chirp")) for host in (desk.host, other)]
        while not all(round_.done() for round_ in rounds):
            await desk.fetch("UPDATE poll SET claimed_until = NULL")
            await asyncio.sleep(0.02)

    assert await desk.one("SELECT count(*) FROM poll WHERE failures > 0") == 0
    assert await desk.one("SELECT count(DISTINCT account_id) FROM metric_latest") >= 16


async def test_a_link_that_was_claimed_counts_for_a_moment(desk: Desk) -> None:
    """Whoever ends a link must not see it used for as long as a claim lasts."""
    await plan_polls(desk.host)
    [job] = await claim_polls(desk.host, "chirp", ["chirp"], [Work.ACCOUNT], 10)

    assert job.fresh_link(desk.now) is not None
    assert job.fresh_link(desk.now + LINK_FRESH) is None
    assert job.fresh_link(job.claimed_at - timedelta(hours=1)) is None
