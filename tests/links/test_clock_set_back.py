"""A clock that ran ahead and was set back: what it told is told right again, and nobody waits for what it planned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.services.links.probing import plan_probes
from server.services.links.refreshing import due_grants
from server.services.links.sweeping import plan_telling, sweep
from support.links import LinkOne
from support.refresher import outcome
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.tokens import TOKENS

AHEAD = timedelta(days=100)


async def told(server: Server) -> list[tuple[Any, ...]]:
    """What the log says, in order, since the link was made."""
    rows = await server.host.database.fetch(
        "SELECT previous_status, status, status_reason, days_left FROM status_event ORDER BY id OFFSET 2"
    )
    return [tuple(row) for row in rows]


async def test_an_end_that_was_told_too_early_is_taken_back_and_told_again_in_its_time(
    server: Server, link_one: LinkOne
) -> None:
    await link_one("instagram")
    server.host.clock.offset += AHEAD
    await sweep(server.host)

    server.host.clock.offset -= AHEAD
    await sweep(server.host)
    server.host.clock.offset += timedelta(days=80)
    await sweep(server.host)

    assert await told(server) == [
        ("LINKED", "INVALID", "EXPIRED", None),
        ("INVALID", "LINKED", None, None),
        ("LINKED", "EXPIRING", None, 14),
    ]


async def test_a_worker_that_starts_after_the_clock_was_set_back_takes_it_back_as_well(
    server: Server, start_server: StartServer, link_one: LinkOne
) -> None:
    await link_one("instagram")
    server.host.clock.offset += AHEAD
    await sweep(server.host)

    other = await start_server()
    await plan_telling(other.host)
    await sweep(other.host)

    assert (await told(other))[-1] == ("INVALID", "LINKED", None, None)


async def test_probes_are_planned_anew(server: Server, link_one: LinkOne) -> None:
    account = await link_one("instagram")
    await server.host.database.fetch("UPDATE social_account SET probe_at = $1", server.host.now() + AHEAD)

    await plan_probes(server.host)

    row = await server.host.database.fetchrow("SELECT probe_at FROM social_account WHERE id = $1", account)
    assert row is not None and row["probe_at"] <= server.host.now() + timedelta(days=1)


async def test_a_refresh_that_was_put_off_by_it_is_tried(
    server: Server, sandbox: Sandbox, stale: int
) -> None:
    await sandbox.fault(kind="status", status=503, **TOKENS)
    server.host.clock.offset += timedelta(days=60)
    assert await outcome(server.host, stale) == "PlatformUnavailable"
    await sandbox.control("DELETE", "faults")
    await server.host.database.fetch("DELETE FROM circuit")

    server.host.clock.offset -= timedelta(days=60)

    assert len(await due_grants(server.host, "tiktok", 10)) == 1
    assert await outcome(server.host, stale) not in {"RateLimited", "PlatformUnavailable"}


async def test_a_lease_that_was_taken_by_it_holds_up_nobody(server: Server, stale: int) -> None:
    """Whoever held it was killed; by the right clock it would last for months."""
    await server.host.database.fetch(
        "UPDATE oauth_grant SET refresh_holder = gen_random_uuid(), refresh_lease_until = $1,"
        " refresh_started_version = version",
        server.host.now() + AHEAD,
    )

    assert len(await due_grants(server.host, "tiktok", 10)) == 1
    assert await outcome(server.host, stale) not in {"RateLimited", "PlatformUnavailable"}
