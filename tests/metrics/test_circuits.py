"""A platform in trouble is left alone for a while; nobody is disconnected, and no other login waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from linkroll_sdk import Http, PlatformUnavailable, Request

from server.host import Host
from server.services.platforms import circuits
from server.services.platforms.budgets import paid
from server.services.platforms.circuits import LIMIT, CircuitOpen, pause_after
from support.chirp_metrics import HOST, chirp_platforms
from support.desk import Desk, OpenDesk, StartHost


def http(host: Host) -> Http:
    """Chirp's client."""
    login = host.platforms.logins["chirp"]
    return paid(host, login, "1", host.outgoing.to(host.platforms.plugin_of_login("chirp").allowance))


async def ask(host: Host, times: int = 1) -> list[str]:
    """What becomes of so many requests: `sent` or `held`."""
    found = []
    for _ in range(times):
        try:
            await http(host).send(Request("GET", f"https://{HOST}/stories", "stories"))
            found.append("sent")
        except CircuitOpen:
            found.append("held")
    return found


async def test_after_five_failures_in_a_row_nobody_asks(desk: Desk) -> None:
    desk.api.status = 503

    assert await ask(desk.host, 8) == ["sent"] * LIMIT + ["held"] * 3
    assert desk.api.count() == LIMIT


async def test_one_answer_in_between_begins_the_count_anew(desk: Desk) -> None:
    desk.api.status = 503
    await ask(desk.host, LIMIT - 1)
    desk.api.status = 200
    await ask(desk.host)
    desk.api.status = 503

    assert await ask(desk.host, LIMIT) == ["sent"] * LIMIT


async def test_an_answer_reaches_its_asker_although_nothing_can_be_noted(desk: Desk) -> None:
    """It may hold the only copy there is of a new pair of tokens."""
    desk.api.status = 503
    await ask(desk.host)
    await desk.host.database.fetch("ALTER TABLE circuit RENAME TO out_of_reach")
    desk.api.status = 200

    assert await ask(desk.host) == ["sent"]


async def test_what_the_platform_says_is_no_trouble(desk: Desk) -> None:
    desk.api.status = 403

    assert await ask(desk.host, 10) == ["sent"] * 10


async def test_a_platform_that_does_not_answer_at_all_is_in_trouble(open_desk: OpenDesk) -> None:
    desk = await open_desk(sandbox_url="http://127.0.0.1:9")
    for _ in range(LIMIT):
        with pytest.raises(PlatformUnavailable):
            await http(desk.host).send(Request("GET", f"https://{HOST}/stories", "stories"))

    assert await ask(desk.host) == ["held"]


async def test_after_the_pause_one_request_tries_and_lets_the_others_through(desk: Desk) -> None:
    desk.api.status = 503
    await ask(desk.host, LIMIT)
    desk.travel(seconds=40)

    assert await ask(desk.host, 3) == ["sent", "held", "held"]
    desk.api.status = 200
    desk.travel(minutes=3)
    assert await ask(desk.host, 3) == ["sent", "sent", "sent"]


async def test_other_processes_know_of_it(start_host: StartHost, open_desk: OpenDesk) -> None:
    desk = await open_desk()
    other = await start_host(chirp_platforms())
    desk.api.status = 503

    await ask(desk.host, LIMIT)

    assert await ask(other) == ["held"]


async def test_only_one_process_tries_after_the_pause(start_host: StartHost, open_desk: OpenDesk) -> None:
    desk = await open_desk()
    other = await start_host(chirp_platforms(), clock=desk.host.clock)
    desk.api.status = 503
    await ask(desk.host, LIMIT)
    await ask(other)
    desk.travel(seconds=40)

    assert sorted(await ask(desk.host) + await ask(other)) == ["held", "sent"]


def test_the_pause_doubles_up_to_ten_minutes() -> None:
    for failures, seconds in ((5, 30), (6, 60), (7, 120), (9, 480), (10, 600), (500, 600)):
        pause = pause_after(failures)
        assert timedelta(seconds=seconds * 0.8) <= pause <= timedelta(seconds=seconds * 1.2)


async def test_requests_under_way_when_it_opened_do_not_lengthen_the_pause(desk: Desk) -> None:
    for _ in range(12):
        await circuits.failed(desk.host, "chirp", PlatformUnavailable("time-out"))

    until = await desk.one("SELECT open_until FROM circuit")
    assert until - desk.now <= timedelta(seconds=36)


async def test_an_outage_disconnects_nobody_and_is_made_up_for(desk: Desk) -> None:
    await desk.poll()
    desk.api.status = 500
    for _ in range(10):
        desk.travel(hours=3)
        await desk.poll()
    asked = desk.api.count()
    desk.api.status = 200
    yesterday = desk.now.date() - timedelta(days=1)
    desk.api.days = {yesterday: 8.0}

    desk.travel(hours=7)
    await desk.poll()

    assert asked < 60
    assert await desk.one("SELECT invalidated_at FROM social_account") is None
    assert (await desk.series("VIEWS"))[yesterday] == 8.0
    assert await desk.one("SELECT max(failures) FROM poll") == 0
