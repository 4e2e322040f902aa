"""What an operator sees in Prometheus, and what nobody may see there."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from linkroll_sdk import PlatformUnavailable

from server.app import open_host
from server.events import Listener
from server.services.links.probing import probe
from server.services.platforms.circuits import LIMIT, failed
from server.telemetry.requests import route_of
from server.telemetry.rounds import observed
from server.telemetry.tables import table_gauges
from server.worker.upkeep import refresh_due
from support.browser import Browser
from support.databases import Databases
from support.links import LinkOne
from support.roster import Roster
from support.rows import Rows
from support.sandbox import Sandbox
from support.server import Server
from support.told import scraping


async def test_operations_are_counted_by_their_kind(server: Server, roster: Roster) -> None:
    async with scraping(server) as scraper:
        before = await scraper.numbers()
        await roster.create_profile("Mara Linden")
        await (await server.client()).ask("{ viewer { role } }")
        await (await server.client()).error_code("{ nonsense }")
        after = await scraper.numbers()

    def more(name: str, **labels: str) -> float:
        return after.of(name, **labels) - before.of(name, **labels)

    assert more("linkroll_operations_total", kind="mutation", outcome="done") == 1
    assert more("linkroll_operations_total", kind="query", outcome="done") == 1
    assert more("linkroll_operations_total", kind="unknown", outcome="refused") == 1
    assert more("linkroll_operation_seconds_count", kind="mutation") == 1
    assert more("linkroll_http_requests_total", route="/graphql", status="200") >= 2


async def test_a_stream_counts_while_it_is_open(server: Server) -> None:
    client = await server.client()

    async with scraping(server) as scraper:
        before = await scraper.numbers()
        async with client.subscribe("subscription { accountStatusChanged { __typename } }"):
            during = await scraper.numbers()

    assert during.of("linkroll_sockets") - before.of("linkroll_sockets") == 1


async def test_requests_to_platforms_are_counted_by_their_outcome(
    server: Server, link_one: LinkOne, sandbox: Sandbox
) -> None:
    async with scraping(server) as scraper:
        before = await scraper.numbers()
        await link_one("tiktok")
        after = await scraper.numbers()

    made = len(await sandbox.requests(host="open.tiktokapis.com"))
    counted = after.of("linkroll_platform_requests_total") - before.of("linkroll_platform_requests_total")
    assert made and counted == made
    assert after.of("linkroll_platform_requests_total", outcome="200") > 0


async def test_a_refresh_ahead_of_time_is_counted(server: Server, link_one: LinkOne) -> None:
    await link_one("tiktok")
    await server.host.database.fetch("UPDATE oauth_grant SET keep_alive_at = $1", server.host.now())

    async with scraping(server) as scraper:
        before = await scraper.numbers()
        await refresh_due(server.host, "tiktok")
        after = await scraper.numbers()

    name, labels = "linkroll_refreshes_total", {"login": "tiktok", "outcome": "done"}
    assert after.of(name, **labels) - before.of(name, **labels) == 1


async def test_rounds_are_counted_by_how_they_ended(server: Server) -> None:
    async with scraping(server) as scraper:
        before = await scraper.numbers()
        with observed("sweep"):
            pass
        with pytest.raises(ZeroDivisionError), observed("sweep"):
            raise ZeroDivisionError
        after = await scraper.numbers()

    def more(outcome: str) -> float:
        name = "linkroll_rounds_total"
        return after.of(name, chore="sweep", outcome=outcome) - before.of(
            name, chore="sweep", outcome=outcome
        )

    assert (more("done"), more("failed")) == (1, 1)


async def test_work_that_is_due_is_told_with_its_age(server: Server, link_one: LinkOne) -> None:
    await link_one("tiktok")
    hour_ago = server.host.now() - timedelta(hours=1)
    await server.host.database.fetch("UPDATE oauth_grant SET keep_alive_at = $1", hour_ago)

    async with scraping(server) as scraper:
        numbers = await scraper.numbers()

    assert numbers.of("linkroll_due", work="refresh", login="tiktok") == 1
    assert 3600 <= numbers.of("linkroll_due_oldest_seconds", work="refresh", login="tiktok") < 3700
    assert numbers.of("linkroll_workers") == 0


async def test_an_open_circuit_and_a_used_bucket_show(server: Server, link_one: LinkOne) -> None:
    await probe(server.host, await link_one("youtube"))
    for _ in range(LIMIT):
        await failed(server.host, "tiktok", PlatformUnavailable("away", operation="me"))

    async with scraping(server) as scraper:
        numbers = await scraper.numbers()

    assert numbers.of("linkroll_circuit_open", login="tiktok") == 1
    assert numbers.has("linkroll_circuit_open", login="google")
    assert numbers.of("linkroll_circuit_open", login="google") == 0
    assert 0 < numbers.of("linkroll_budget_used_ratio", login="google") < 1


async def test_streams_that_are_behind_their_log_show(
    server: Server, link_one: LinkOne, database_url: str
) -> None:
    await link_one("tiktok")
    behind, current = (
        Listener(server.host.database, database_url),
        Listener(server.host.database, database_url),
    )
    await current.start()
    server.host.clock.offset += timedelta(minutes=5)

    lags = []
    for listener in (behind, current):
        async with scraping(server, listener) as scraper:
            lags.append((await scraper.numbers()).of("linkroll_event_lag_seconds", log="status_event"))
    await current.stop()

    assert lags[0] >= 300
    assert lags[1] == 0


async def test_no_label_names_an_account_or_a_person(
    server: Server, roster: Roster, browser: Browser
) -> None:
    """Else the series would grow with the roster, and the roster would stand in the monitoring."""
    mara = await roster.create_profile("Mara Linden")
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    rows = await server.host.database.fetch(
        "SELECT id, handle, platform_id, display_name FROM social_account"
    )
    planted = {"Mara Linden", mara, account} | {
        str(v) for row in rows for v in row.values() if v and len(str(v)) > 3
    }

    async with scraping(server) as scraper:
        numbers, (_, text) = await scraper.numbers(), await scraper.get("/metrics")

    assert len(planted) > 4
    assert not planted & numbers.labels()
    assert not [value for value in planted if value in text]


def test_a_path_never_becomes_a_label() -> None:
    assert route_of("/graphql") == "/graphql"
    assert route_of("/connect/0123456789abcdef") == "/connect"
    assert route_of("/oauth/tiktok/callback") == "/oauth"
    assert {route_of(path) for path in ("", "/", "/secret", "//graphql", "*")} == {"other"}


async def test_callers_cannot_read_the_numbers(server: Server, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{server.url}/metrics") as answer:
        assert answer.status == 404


async def test_the_counters_are_told_also_while_the_database_is_away(
    server: Server, databases: Databases, database_url: str
) -> None:
    async with scraping(server) as scraper, databases.away(database_url):
        numbers = await scraper.numbers()
        ready, alive = await scraper.get("/readyz"), await scraper.get("/healthz")

    assert numbers.has("linkroll_log_lines_total", level="error")
    assert not numbers.has("linkroll_workers")
    assert (ready[0], alive[0]) == (503, 200)


async def test_reading_the_numbers_takes_the_same_statements_however_many_accounts_there_are(
    server: Server, database_url: str
) -> None:
    seen: list[str] = []
    rows, counts = Rows(server.host), []

    async with open_host(server.host.settings, database_url, observe=seen.append) as host:
        for _ in range(2):
            seen.clear()
            await table_gauges(host)
            counts.append(len(seen))
            profile = await rows.profile()
            for _ in range(5):
                await rows.linked(profile)

    assert counts[0] and counts[0] == counts[1]
