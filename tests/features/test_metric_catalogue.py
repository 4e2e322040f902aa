"""The catalogue says what each platform tells, in its own words; the operator's notices are the admins'."""

from __future__ import annotations

import pytest
import pytest_asyncio

from server.services.callers.viewers import Role
from support.readings import Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


async def test_an_entry_says_all_that_a_chart_needs_to_know(server: Server) -> None:
    client = await server.client(Role.OBSERVER)

    [views] = await client.ask(
        """{ metricCatalogue(platforms: ["chirp"], levels: [ACCOUNT], names: [VIEWS]) {
          platform name level platformMetric description unit measure additive kinds
          scopes { login scopes } cadence delay history definitions { version since meaning } source certain } }"""
    )

    assert views == {
        "platform": "chirp",
        "name": "VIEWS",
        "level": "ACCOUNT",
        "platformMetric": "plays",
        "description": "How often chirps were played.",
        "unit": "COUNT",
        "measure": "DAY",
        "additive": True,
        "kinds": None,
        "scopes": [{"login": "chirp", "scopes": ["read"]}],
        "cadence": "PT6H",
        "delay": "P2D",
        "history": "P30D",
        "definitions": [
            {"version": "1", "since": None, "meaning": ""},
            {"version": "2", "since": "2026-01-10", "meaning": "Counts every play, also of one second."},
        ],
        "source": "chirp sheet 1",
        "certain": True,
    }


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("names: [FOLLOWERS]", ["chirp flock", "peep peepers"]),
        ("levels: [STORY]", ["chirp listeners"]),
        ("platforms: [peep], levels: [ACCOUNT]", ["peep peepers", "peep all_views"]),
        ("platforms: []", []),
    ],
)
async def test_the_catalogue_can_be_narrowed_down(server: Server, filters: str, found: list[str]) -> None:
    client = await server.client()
    filters = filters.replace("[peep]", '["peep"]')

    entries = await client.ask(f"{{ metricCatalogue({filters}) {{ platform platformMetric }} }}")

    assert [f"{one['platform']} {one['platformMetric']}" for one in entries] == found


async def test_notices_are_for_admins(server: Server) -> None:
    readings, mara = Readings(server.host), await Rows(server.host).profile()
    for subject in ("plays", "flock"):
        await readings.notice(subject)
    query = "{ operatorNotices { totalCount nodes { kind subject detail times } } }"
    # A quota is nobody else's business either.
    forbidden = (query, "{ quotaForecast { login } }")

    shown = await (await server.client()).ask(query)
    codes = [
        await (await server.client(role, mara if role is Role.CREATOR else None)).error_code(text)
        for role in (Role.MANAGER, Role.OBSERVER, Role.CREATOR)
        for text in forbidden
    ]

    assert (shown["totalCount"], [one["subject"] for one in shown["nodes"]]) == (2, ["flock", "plays"])
    assert codes == ["FORBIDDEN"] * 6


async def test_a_quota_is_told_before_it_runs_out(server: Server) -> None:
    readings, rows = Readings(server.host), Rows(server.host)
    account = await rows.linked(await rows.profile(), platform="chirp", scopes=("read",))
    await readings.plan(account, "ACCOUNT", rows.now())

    [found] = await (await server.client()).ask(
        """{ quotaForecast { login budget window perAccount accounts limit limitIsTold demand used percent
          toldPercent windowEndsAt blockedUntil runsOutAt works { platform work requests } source } }"""
    )

    # Four readings a day of two requests each, out of 16.
    assert (found["login"], found["budget"], found["window"]) == ("chirp", "calls", "DAY")
    assert (found["accounts"], found["limit"], found["demand"], found["percent"]) == (1, 16, 8, 50)
    assert found["works"] == [{"platform": "chirp", "work": "ACCOUNT", "requests": 8}]
    assert (found["runsOutAt"], found["source"]) == (None, "chirp sheet 2")
