"""A profile's numbers: sums of what may be summed, and word of everything that is not in them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from support.client import Client
from support.readings import DAY, Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer

SUMS = """
  query ($id: ID!, $names: [MetricName!], $from: Date, $to: Date, $granularity: MetricGranularity) {
    profile(id: $id) { metrics(names: $names, from: $from, to: $to, granularity: $granularity) {
      sums { name measure accounts { id } points { day value accounts complete } }
      leftOut { metric availability reason account { id } }
      incomplete { metric missingPeriods account { id } }
    } } }
"""
MONDAY = date(2026, 1, 19)


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """An admin."""
    return await server.client()


@pytest.fixture
def readings(server: Server) -> Readings:
    """Readings put straight into the tables."""
    return Readings(server.host)


@pytest_asyncio.fixture
async def mara(rows: Rows) -> str:
    """Mara's profile."""
    return await rows.profile()


@pytest_asyncio.fixture
async def chirps(rows: Rows, mara: str) -> list[str]:
    """Her two accounts at Chirp."""
    return [await rows.linked(mara, platform="chirp", scopes=("read",)) for _ in range(2)]


async def summed(client: Client, profile: str, *names: str, **arguments: Any) -> Any:
    """The sums of three days, unless *arguments* say otherwise."""
    days = {"from": str(MONDAY), "to": str(MONDAY + 2 * DAY), "granularity": "DAY", **arguments}
    return (await client.ask(SUMS, id=profile, names=list(names) or None, **days))["metrics"]


async def test_views_are_added_up_and_the_account_with_a_missing_day_is_named(
    client: Client, readings: Readings, mara: str, chirps: list[str]
) -> None:
    for days, first, second in ((0, 1, 10), (1, 2, None), (2, 3, 30)):
        await readings.read(chirps[0], "VIEWS", first, MONDAY + days * DAY)
        if second is not None:
            await readings.read(chirps[1], "VIEWS", second, MONDAY + days * DAY)

    found = await summed(client, mara, "VIEWS")

    [views] = found["sums"]
    assert [(p["value"], p["accounts"], p["complete"]) for p in views["points"]] == [
        (11.0, 2, True),
        (2.0, 1, False),
        (33.0, 2, True),
    ]
    assert views["accounts"] == [{"id": account} for account in chirps]
    assert found["leftOut"] == []
    assert found["incomplete"] == [{"metric": "VIEWS", "missingPeriods": 1, "account": {"id": chirps[1]}}]


async def test_followers_are_summed_over_accounts_and_never_over_time(
    client: Client, readings: Readings, mara: str, chirps: list[str]
) -> None:
    for account, values in zip(chirps, ((100, 110), (5, 6)), strict=True):
        for days, value in enumerate(values):
            await readings.read(account, "FOLLOWERS", value, MONDAY + days * DAY)

    found = await summed(client, mara, "FOLLOWERS", granularity="WEEK")

    assert [point["value"] for point in found["sums"][0]["points"]] == [116.0]


@pytest.mark.parametrize("granularity", ["DAY", "WEEK"])
async def test_reach_is_in_no_sum_not_even_of_one_account(
    client: Client, readings: Readings, mara: str, chirps: list[str], granularity: str
) -> None:
    await readings.read(chirps[0], "REACH", 40, MONDAY)

    found = await summed(client, mara, "REACH", granularity=granularity)

    assert found["sums"] == []
    assert [one["account"]["id"] for one in found["leftOut"]] == chirps
    assert all("people" in one["reason"] for one in found["leftOut"])


async def test_numbers_that_are_measured_differently_are_not_added_up(
    client: Client, rows: Rows, readings: Readings, mara: str, chirps: list[str]
) -> None:
    """Chirp tells views of a day, Peep views of all time."""
    peep = await rows.linked(mara, platform="peep", scopes=("read",))
    await readings.read(chirps[0], "VIEWS", 3, MONDAY)
    await readings.read(peep, "VIEWS", 9_000, MONDAY)

    found = await summed(client, mara, "VIEWS", to=str(MONDAY))

    assert {one["measure"]: one["points"][0]["value"] for one in found["sums"]} == {
        "DAY": 3.0,
        "TOTAL": 9000.0,
    }


async def test_what_has_no_number_is_left_out_with_its_reason(
    client: Client, rows: Rows, readings: Readings, mara: str, chirps: list[str]
) -> None:
    unlinked = await rows.account(mara, platform="chirp")
    peep = await rows.linked(mara, platform="peep", scopes=("read",))
    await readings.read(chirps[0], "CLICKS", 1, MONDAY)

    found = await summed(client, mara, "CLICKS")

    left_out = {one["account"]["id"]: one["availability"] for one in found["leftOut"]}
    assert left_out == {chirps[1]: "NOT_SUPPORTED", unlinked: "NOT_LINKED", peep: "NOT_SUPPORTED"}
    assert [point["value"] for point in found["sums"][0]["points"]] == [1.0, None, None]


async def test_a_profile_without_accounts_has_nothing_to_sum(client: Client, mara: str) -> None:
    assert await summed(client, mara) == {"sums": [], "leftOut": [], "incomplete": []}
