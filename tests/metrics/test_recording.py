"""What is kept of readings: the newest word is never an older one, and "unknown" is never a number."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from linkroll_sdk import Availability, Level, Reading, Work

from server.services.polling.findings import found_in
from server.services.polling.partitions import drop_months, ensure_partitions
from server.services.polling.recording import Fetch, lock_account, record
from support.chirp_metrics import FOLLOWERS, VIEWS, ChirpFetcher
from support.desk import Desk, OpenDesk, StartHost

DAY = timedelta(days=1)


async def keep(desk: Desk, *readings: Reading, version: str = "v1") -> int:
    """Readings recorded as one fetch; how many are new."""
    found = found_in(ChirpFetcher(), Level.ACCOUNT, "chirp", readings)
    async with desk.host.database.transaction() as transaction:
        account = await lock_account(desk.host, transaction, desk.account)
        assert account is not None
        return await record(desk.host, transaction, account, Fetch(Work.ACCOUNT, version, found))


async def test_what_is_known_already_is_not_written_again(desk: Desk) -> None:
    assert await keep(desk, Reading.of(FOLLOWERS, 5.0)) == 1
    desk.travel(minutes=5)

    assert await keep(desk, Reading.of(FOLLOWERS, 5.0)) == 0
    assert await keep(desk, Reading.of(FOLLOWERS, 6.0)) == 1


async def test_the_first_reading_of_a_new_day_is_kept_also_when_it_is_equal(desk: Desk) -> None:
    await keep(desk, Reading.of(FOLLOWERS, 5.0))
    desk.travel(days=1)

    assert await keep(desk, Reading.of(FOLLOWERS, 5.0)) == 1
    assert len(await desk.series("FOLLOWERS")) == 2


async def test_a_number_from_another_version_of_the_platform_is_another_reading(desk: Desk) -> None:
    await keep(desk, Reading.of(FOLLOWERS, 5.0))
    desk.travel(minutes=5)

    assert await keep(desk, Reading.of(FOLLOWERS, 5.0), version="v2") == 1


@pytest.mark.parametrize("word", [Availability.NOT_YET, Availability.LOST], ids=str)
async def test_not_yet_and_no_more_take_no_number_back(desk: Desk, word: Availability) -> None:
    await keep(desk, Reading.of(FOLLOWERS, 5.0))
    desk.travel(minutes=5)

    assert await keep(desk, Reading.none(FOLLOWERS, word)) == 0
    assert (await desk.latest("FOLLOWERS"))["value"] == 5.0


async def test_a_number_that_is_withheld_now_is_not_shown_as_known(desk: Desk) -> None:
    await keep(desk, Reading.of(FOLLOWERS, 5.0))
    desk.travel(minutes=5)

    await keep(desk, Reading.none(FOLLOWERS, Availability.WITHHELD))

    latest = await desk.latest("FOLLOWERS")
    assert (latest["value"], latest["availability"]) == (None, "WITHHELD")


async def test_the_newest_day_with_a_number_is_the_latest(desk: Desk) -> None:
    today = desk.now.date()
    await keep(
        desk,
        Reading.of(VIEWS, 1.0, today - 3 * DAY),
        Reading.of(VIEWS, 2.0, today - 2 * DAY),
        Reading.none(VIEWS, Availability.NOT_YET, today - DAY),
    )

    latest = await desk.latest("VIEWS")
    assert (latest["day"], latest["value"]) == (today - 2 * DAY, 2.0)


async def test_an_older_day_that_was_corrected_is_not_the_latest(desk: Desk) -> None:
    today = desk.now.date()
    await keep(desk, Reading.of(VIEWS, 2.0, today - DAY))
    desk.travel(minutes=5)

    await keep(desk, Reading.of(VIEWS, 9.0, today - 4 * DAY))

    assert (await desk.latest("VIEWS"))["value"] == 2.0
    assert (await desk.series("VIEWS"))[today - 4 * DAY] == 9.0


async def test_a_day_with_a_number_beats_a_later_one_without(desk: Desk) -> None:
    today = desk.now.date()
    await keep(desk, Reading.none(VIEWS, Availability.NOT_YET, today))
    desk.travel(minutes=5)

    await keep(desk, Reading.of(VIEWS, 3.0, today - 2 * DAY))

    assert (await desk.latest("VIEWS"))["value"] == 3.0


async def test_a_clock_that_was_set_back_replaces_nothing_newer(desk: Desk) -> None:
    await keep(desk, Reading.of(FOLLOWERS, 5.0))
    desk.travel(hours=-1)

    await keep(desk, Reading.of(FOLLOWERS, 4.0))

    assert (await desk.latest("FOLLOWERS"))["value"] == 5.0


async def test_many_fetches_at_once_make_each_month_and_source_once(desk: Desk) -> None:
    """Each in a transaction of its own, and none waits for another for ever."""
    accounts = [desk.account]
    profile = await desk.rows.profile("Jonas Tamm")
    for _ in range(7):
        await desk.rows.linked(profile, platform="chirp")
    rows = await desk.fetch("SELECT id FROM social_account")
    accounts = [row["id"] for row in rows]
    today = desk.now.date()

    async def fetch(account: int, number: int) -> None:
        other = Desk(desk.host, desk.api, desk.rows, account, "")
        days = [Reading.of(VIEWS, 1.0, today - 40 * n * DAY) for n in range(number % 3, 5)]
        await keep(other, *days, Reading.of(FOLLOWERS, 1.0), version=f"v{number % 2}")

    async with asyncio.timeout(20):
        await asyncio.gather(*(fetch(account, n) for n, account in enumerate(accounts)))

    assert await desk.one("SELECT count(*) FROM metric_source") == 4
    assert await desk.one("SELECT count(DISTINCT account_id) FROM metric_snapshot") == len(accounts)


async def test_statements_do_not_grow_with_the_readings(desk: Desk) -> None:
    today = desk.now.date()
    seen: list[int] = []
    for number in (1, 30):
        desk.travel(minutes=1)
        async with desk.host.database.transaction() as transaction:
            account = await lock_account(desk.host, transaction, desk.account)
            assert account is not None
            statements = _Counting(transaction)
            readings = [Reading.of(VIEWS, float(number), today - n * DAY) for n in range(number)]
            found = found_in(ChirpFetcher(), Level.ACCOUNT, "chirp", readings)
            await record(desk.host, statements, account, Fetch(Work.ACCOUNT, "v1", found))  # type: ignore[arg-type]
        seen.append(statements.count)

    assert seen[1] <= seen[0] + 1


class _Counting:
    """A transaction whose statements are counted."""

    def __init__(self, transaction: object) -> None:
        self._transaction = transaction
        self.count = 0

    def __getattr__(self, name: str) -> object:
        self.count += 1
        return getattr(self._transaction, name)


async def test_months_are_made_ahead_by_any_number_of_processes(desk: Desk) -> None:
    await asyncio.gather(*(ensure_partitions(desk.host) for _ in range(5)))

    made = await _months(desk)
    assert len(made) == 3
    assert f"metric_snapshot_{desk.now:%Y_%m}" in made


async def test_old_months_are_dropped_whole(desk: Desk) -> None:
    await keep(desk, Reading.of(VIEWS, 1.0, desk.now.date() - 80 * DAY), Reading.of(FOLLOWERS, 1.0))

    dropped = await drop_months(desk.host, desk.now.date() - 40 * DAY)
    again = await keep(desk, Reading.of(VIEWS, 1.0, desk.now.date() - 80 * DAY))

    assert len(dropped) == 1
    assert again == 1


async def _months(desk: Desk) -> Sequence[str]:
    rows = await desk.fetch("SELECT inhrelid::regclass::text AS name FROM pg_inherits ORDER BY 1")
    return [row["name"] for row in rows if row["name"].count("_") == 3 and "pkey" not in row["name"]]


def test_every_month_ends_where_the_next_begins() -> None:
    from server.services.polling.partitions import next_month

    month = date(2024, 1, 1)
    for _ in range(60):
        following = next_month(month)
        assert following.day == 1
        assert (following.year * 12 + following.month) - (month.year * 12 + month.month) == 1
        month = following


@pytest.mark.parametrize("word", [Availability.WITHHELD, Availability.MISSING_SCOPE], ids=str)
async def test_a_day_that_was_told_stays_told_while_newer_ones_are_refused(
    desk: Desk, word: Availability
) -> None:
    """A follower too few today makes last week's number no less true; but the newest word is the refusal."""
    yesterday, today = desk.now.date() - DAY, desk.now.date()
    await keep(desk, Reading.of(VIEWS, 5.0, yesterday))
    desk.travel(minutes=5)

    await keep(desk, Reading.none(VIEWS, word, yesterday), Reading.none(VIEWS, word, today))

    assert await desk.series("VIEWS") == {yesterday: 5.0, today: None}
    assert (await desk.latest("VIEWS"))["availability"] == word
    desk.travel(minutes=5)
    await keep(desk, Reading.of(VIEWS, 6.0, today))
    assert (await desk.latest("VIEWS"))["value"] == 6.0


async def test_a_month_that_another_process_dropped_is_made_anew(
    open_desk: OpenDesk, start_host: StartHost
) -> None:
    desk = await open_desk(metric_retention_days=31)
    day = desk.now.date() - 80 * DAY
    await keep(desk, Reading.of(VIEWS, 1.0, day))
    await keep(desk, Reading.of(VIEWS, 2.0, day))
    await drop_months(await start_host(), desk.now.date() - 40 * DAY)
    desk.travel(minutes=5)

    assert await keep(desk, Reading.of(VIEWS, 3.0, day)) == 1
