"""Whoever asks for fresh numbers gets them at the worker's next round; who asks too often is told when."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from support.readings import Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer

REFRESH = """
  mutation ($id: ID!) { refreshMetrics(input: {accountId: $id}) {
    __typename
    ... on RefreshMetricsSuccess { works againAt socialAccount { id } }
    ... on Refusal { code }
    ... on RefreshTooSoon { retryAt }
  } }
"""
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


@pytest.fixture
def rows(server: Server) -> Rows:
    """Rows put straight into the server's tables."""
    return Rows(server.host)


@pytest.fixture
def readings(server: Server) -> Readings:
    """Plans put straight into the server's tables."""
    return Readings(server.host)


async def refresh(server: Server, account: str) -> dict[str, Any]:
    """What `refreshMetrics` answers to an admin."""
    return dict(await (await server.client()).ask(REFRESH, id=account))


async def test_all_that_is_planned_of_the_account_is_due_now(
    server: Server, rows: Rows, readings: Readings
) -> None:
    profile = await rows.profile()
    mara, other = [await rows.linked(profile, platform="chirp") for _ in range(2)]
    now = rows.now()
    for account in (mara, other):
        await readings.plan(account, "ACCOUNT", now + HOUR)
        await readings.plan(account, "POSTS", now - HOUR)

    answer = await refresh(server, mara)

    assert answer["__typename"] == "RefreshMetricsSuccess"
    assert answer["works"] == ["ACCOUNT", "POSTS"] and answer["socialAccount"] == {"id": mara}
    planned = await readings.planned(mara)
    assert now <= planned["ACCOUNT"] <= server.host.now()
    # What was overdue keeps its turn.
    assert planned["POSTS"] == now - HOUR
    assert await readings.planned(other) == {"ACCOUNT": now + HOUR, "POSTS": now - HOUR}


async def test_asking_again_within_five_minutes_is_refused_with_the_time(
    server: Server, rows: Rows, readings: Readings
) -> None:
    mara = await rows.linked(await rows.profile(), platform="chirp")
    first = await refresh(server, mara)
    await readings.plan(mara, "ACCOUNT", rows.now() + HOUR)
    planned = await readings.planned(mara)

    again = await refresh(server, mara)
    untouched = await readings.planned(mara)
    server.host.clock.offset += timedelta(minutes=5)
    later = await refresh(server, mara)

    assert (again["code"], again["retryAt"]) == ("REFRESH_TOO_SOON", first["againAt"])
    assert untouched == planned
    assert later["works"] == ["ACCOUNT"]


@pytest.mark.parametrize("facts", [{}, {"expires_in": -HOUR}], ids=["never connected", "a link that ran out"])
async def test_an_account_without_a_living_link_is_refused(
    server: Server, rows: Rows, facts: dict[str, Any]
) -> None:
    profile = await rows.profile()
    account = await rows.linked(profile, platform="chirp", **facts) if facts else await rows.account(profile)

    answer = await refresh(server, account)

    assert answer["code"] == "ACCOUNT_NOT_LINKED"


async def test_of_several_who_ask_at_once_one_is_served(server: Server, rows: Rows) -> None:
    account = await rows.linked(await rows.profile(), platform="chirp")
    client = await server.client()

    answers = await asyncio.gather(*(client.ask(REFRESH, id=account) for _ in range(5)))

    assert (
        sorted(answer["__typename"] for answer in answers)
        == ["RefreshMetricsSuccess"] + ["RefreshTooSoon"] * 4
    )
