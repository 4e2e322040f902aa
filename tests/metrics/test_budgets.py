"""What a platform lets us ask is counted for all processes together, and kept for what is urgent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from linkroll_sdk import Budget, Http, LimitScope, RateLimited, Request, Window

from server.host import Host
from server.services.platforms.budget_windows import room_at, span_at
from server.services.platforms.budgets import paid, patient
from server.services.platforms.purses import settle
from support.chirp_metrics import HOST, ChirpApi, chirp_platforms, hour_budget
from support.desk import Desk, OpenDesk, StartHost


def http(host: Host, account: str | None = "1") -> Http:
    """Chirp's client, paid from its buckets."""
    login = host.platforms.logins["chirp"]
    allowance = host.platforms.plugin_of_login("chirp").allowance
    return paid(host, login, account, host.outgoing.to(allowance))


async def ask(client: Http, times: int = 1, operation: str = "stories") -> int:
    """How many of so many requests went out."""
    for number in range(times):
        try:
            await client.send(Request("GET", f"https://{HOST}/{operation}", operation))
        except RateLimited:
            return number
    return times


async def ask_patiently(client: Http, times: int = 1) -> int:
    """The same of what can wait."""
    with patient():
        return await ask(client, times)


async def refusal(client: Http) -> RateLimited:
    """What a request is refused with before it is sent."""
    with pytest.raises(RateLimited) as caught:
        await client.send(Request("GET", f"https://{HOST}/stories", "stories"))
    return caught.value


async def used(desk: Desk) -> float:
    """What the table says was used."""
    return float(await desk.one("SELECT used FROM budget WHERE key = 'calls'"))


async def test_not_one_request_more_than_the_limit_goes_out(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(40)))

    assert await ask(http(desk.host), 60) == 40
    assert desk.api.count() == 40


async def test_several_processes_share_one_limit(start_host: StartHost, api: ChirpApi) -> None:
    hosts = [await start_host(chirp_platforms(None, hour_budget(100))) for _ in range(3)]
    sent = 0
    for _ in range(50):
        for host in hosts:
            sent += await ask(http(host))

    assert sent == 100
    assert api.count() == 100


async def test_a_limit_is_counted_without_a_statement_a_request(open_desk: OpenDesk) -> None:
    statements: list[str] = []
    desk = await open_desk(chirp_platforms(None, hour_budget(10_000)))
    async with desk.host.database._client.acquire_connection() as connection:
        connection.add_query_logger(lambda record: statements.append(record.query))

    await ask(http(desk.host), 100)

    assert 1 <= len([s for s in statements if "budget" in s]) <= 6


async def test_what_was_not_needed_is_given_back(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(10_000)))
    await ask(http(desk.host), 3)
    leased = await used(desk)

    await settle(desk.host, "chirp")

    assert leased == 20
    assert await used(desk) == 3


async def test_what_can_wait_leaves_the_last_tenth_to_what_cannot(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(100)))

    assert await ask_patiently(http(desk.host), 200) == 90
    assert await ask(http(desk.host), 200) == 10


async def test_an_empty_bucket_says_when_to_come_back(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(10)))
    await ask(http(desk.host), 10)

    refused = await refusal(http(desk.host))

    assert refused.scope is LimitScope.APP
    assert refused.retry_after is not None
    desk.travel(seconds=refused.retry_after + 1)
    assert await ask(http(desk.host)) == 1


async def test_each_account_has_its_own_bucket_where_the_platform_says_so(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(5, per_account=True)))

    assert await ask(http(desk.host, "1"), 9) == 5
    assert await ask(http(desk.host, "2"), 9) == 5
    assert (await refusal(http(desk.host, "1"))).scope is LimitScope.ACCOUNT


async def test_only_the_operations_of_a_bucket_are_paid_from_it(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(5, operations=("stor*",), cost=2)))

    assert await ask(http(desk.host), 9) == 2
    assert await ask(http(desk.host), 9, "numbers?ids=1") == 9


async def test_a_refusal_holds_up_every_process_for_as_long_as_it_says(
    start_host: StartHost, api: ChirpApi
) -> None:
    one, other = [await start_host(chirp_platforms(None, hour_budget(None))) for _ in range(2)]
    api.status, api.headers = 429, {"retry-after": "600", "x-limit": "APP"}
    await ask(http(one))
    api.status, api.headers = 200, {}

    refused = await refusal(http(other))

    assert 590 <= (refused.retry_after or 0) <= 600
    assert api.count() == 1
    other.clock.offset += timedelta(seconds=601)
    assert await ask(http(other)) == 1


async def test_a_refusal_of_an_app_without_any_bucket_is_heeded_too(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    desk.api.status, desk.api.headers = 429, {"retry-after": "600", "x-limit": "APP"}

    await ask(http(desk.host), 5)

    assert await ask(http(desk.host), 5) == 0
    assert desk.api.count() == 1


async def test_one_accounts_refusal_holds_up_no_other(open_desk: OpenDesk) -> None:
    desk = await open_desk(
        chirp_platforms(None, hour_budget(None), Budget("own", Window.HOUR, per_account=True))
    )
    desk.api.status, desk.api.headers = 429, {"retry-after": "600", "x-limit": "ACCOUNT"}
    await ask(http(desk.host, "1"))
    desk.api.status, desk.api.headers = 200, {}

    assert await ask(http(desk.host, "1")) == 0
    assert await ask(http(desk.host, "2")) == 1


async def test_what_answers_tell_about_a_bucket_counts(open_desk: OpenDesk) -> None:
    """Meta names no limit: its answers say how full the bucket is."""
    desk = await open_desk(chirp_platforms(None, hour_budget(None)))
    desk.api.headers = {"x-usage": "93"}
    await ask(http(desk.host))
    await settle(desk.host, "chirp")

    assert await ask_patiently(http(desk.host)) == 0
    assert await ask(http(desk.host)) == 1
    desk.api.headers = {"x-usage": "100"}
    await ask(http(desk.host))
    await settle(desk.host, "chirp")
    assert await ask(http(desk.host)) == 0


async def test_a_full_bucket_is_tried_again_after_a_while(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(None)))
    desk.api.headers = {"x-usage": "100"}
    await ask(http(desk.host))
    await settle(desk.host, "chirp")
    desk.api.headers = {"x-usage": "20"}

    desk.travel(minutes=6)

    assert await ask(http(desk.host), 3) == 3


async def test_nothing_is_paid_for_what_a_plugin_must_not_do(open_desk: OpenDesk) -> None:
    from linkroll_sdk import ForbiddenOperation

    desk = await open_desk(chirp_platforms(None, hour_budget(40)))
    client = http(desk.host)
    await ask(client)
    with pytest.raises(ForbiddenOperation):
        await client.send(Request("GET", "https://elsewhere.example/", "stories"))
    await settle(desk.host, "chirp")

    assert await used(desk) == 1


async def test_a_poll_that_meets_the_limit_waits_and_is_done_later(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(2, operations=("account",))), poll_concurrency=1)
    profile = await desk.rows.profile("Jonas Tamm")
    for _ in range(3):
        await desk.rows.linked(profile, platform="chirp", scopes=("read", "insights"))

    await desk.poll()
    first = desk.api.count("account")
    for _ in range(12):
        desk.travel(hours=1)
        await desk.poll()

    assert first == 1  # nine tenths of two are one
    assert await desk.one("SELECT count(*) FROM metric_latest WHERE metric = 'FOLLOWERS'") == 4


# Windows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a_sliding_hour_forgets_the_hour_before_bit_by_bit() -> None:
    span = span_at(Window.HOUR, at("2026-05-01T10:45:00+00:00"))

    assert (span.start, span.before) == (at("2026-05-01T10:00:00+00:00"), at("2026-05-01T09:00:00+00:00"))
    assert span.weight(at("2026-05-01T10:45:00+00:00")) == 0.25


@pytest.mark.parametrize(
    ("now", "start", "hours"),
    [
        ("2026-05-01T06:59:00+00:00", "2026-04-30T07:00:00+00:00", 24),
        ("2026-05-01T07:00:00+00:00", "2026-05-01T07:00:00+00:00", 24),
        ("2026-12-01T07:30:00+00:00", "2026-11-30T08:00:00+00:00", 24),
        ("2026-03-08T20:00:00+00:00", "2026-03-08T08:00:00+00:00", 23),
        ("2026-11-01T20:00:00+00:00", "2026-11-01T07:00:00+00:00", 25),
    ],
    ids=["before midnight", "at midnight", "in winter", "spring forward", "fall back"],
)
def test_a_pacific_day_ends_at_midnight_in_california(now: str, start: str, hours: int) -> None:
    span = span_at(Window.PACIFIC_DAY, at(now))

    assert span.start == at(start)
    assert span.end - span.start == timedelta(hours=hours)
    assert span.weight(at(now)) == 0


@pytest.mark.parametrize(
    ("used", "previous"),
    [(0.0, 100.0), (100.0, 0.0), (60.0, 80.0), (95.0, 20.0), (0.5, 99.0)],
    ids=["old", "new", "both", "nearly", "hardly"],
)
def test_there_is_room_when_it_was_said_there_would_be(used: float, previous: float) -> None:
    now = at("2026-05-01T10:15:00+00:00")
    span = span_at(Window.HOUR, now)

    until = room_at(used, previous, 100.0, 10.0, span, now)

    later = span_at(Window.HOUR, until)
    then = (used, previous) if later.start == span.start else (0.0, used)
    assert then[0] + then[1] * later.weight(until) + 10.0 <= 100.0 + 1e-6


async def test_a_request_that_comes_late_turns_no_window_back(start_host: StartHost, api: ChirpApi) -> None:
    """A slow process, or one whose clock is behind: what the others used must not be forgotten."""
    window = Budget("calls", Window.MINUTE, 10)
    ahead, behind = [await start_host(chirp_platforms(None, window)) for _ in range(2)]
    start = span_at(Window.MINUTE, ahead.now()).end
    for host, seconds in ((ahead, 59), (behind, 59)):
        host.clock.offset += start + timedelta(seconds=seconds) - host.now()
    sent = await ask(http(ahead), 8)
    ahead.clock.offset += timedelta(seconds=1.5)

    for _ in range(3):
        sent += await ask(http(ahead), 1)
        sent += await ask(http(behind), 1)

    assert sent <= 10
