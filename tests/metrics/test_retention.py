"""Numbers go when they must, and only those."""

from __future__ import annotations

from datetime import timedelta

import pytest
from linkroll_sdk import Retention

from server.services.callers.viewers import Role, Viewer
from server.services.polling.retention import purge
from server.services.roster.social_accounts import remove_account
from support.chirp_metrics import chirp_platforms
from support.desk import Desk, OpenDesk

ADMIN = Viewer("test", Role.ADMIN, None)
RULES = Retention(recheck_days=30, end_days=7)
TABLES = ("metric_snapshot", "metric_latest", "post", "story_gap", "poll_past")


async def left(desk: Desk) -> int:
    """How many rows of any kind there are about the account's numbers."""
    counts = [await desk.one(f"SELECT count(*) FROM {t} WHERE account_id = $1", desk.account) for t in TABLES]
    return int(sum(counts))


async def full_desk(open_desk: OpenDesk, retention: Retention = RULES) -> Desk:
    """A desk whose account was read, with a post."""
    desk = await open_desk(chirp_platforms(retention=retention))
    desk.api.publish("p", desk.now - timedelta(hours=2), plays=5)
    await desk.poll()
    return desk


async def test_numbers_of_a_living_link_stay(open_desk: OpenDesk) -> None:
    desk = await full_desk(open_desk)
    before = await left(desk)
    desk.travel(days=29)

    await purge(desk.host)

    assert await left(desk) == before > 0


async def test_a_link_that_nobody_checked_for_too_long_loses_its_numbers(open_desk: OpenDesk) -> None:
    desk = await full_desk(open_desk)
    desk.travel(days=31)

    await purge(desk.host)

    assert await left(desk) == 0
    assert await desk.one("SELECT followers FROM social_account") is None


async def test_the_first_fetch_after_that_begins_anew(open_desk: OpenDesk) -> None:
    desk = await full_desk(open_desk)
    desk.travel(days=31)
    await purge(desk.host)

    await desk.poll()

    _, asked = [entry for entry in desk.api.asked if entry[0] == "account"][-1]
    assert asked["since"] == str(desk.now.date() - timedelta(days=30))


@pytest.mark.parametrize(("days", "goes"), [(6, False), (8, True)], ids=["within the time", "after it"])
async def test_numbers_outlive_their_link_as_long_as_the_platform_allows(
    open_desk: OpenDesk, days: int, goes: bool
) -> None:
    desk = await full_desk(open_desk)
    await desk.rows.change(desk.account_gid, invalidated_at=desk.now, invalid_reason="UNLINKED")
    desk.travel(days=days)

    await purge(desk.host)

    assert (await left(desk) == 0) is goes


async def test_numbers_of_a_removed_account_go(open_desk: OpenDesk) -> None:
    desk = await full_desk(open_desk, Retention())
    await remove_account(desk.host, ADMIN, desk.account)

    await purge(desk.host)

    assert await left(desk) == 0
    assert await desk.one("SELECT count(*) FROM metric_purge") == 0


async def test_what_somebody_asked_for_goes_when_it_is_due(open_desk: OpenDesk) -> None:
    desk = await full_desk(open_desk, Retention())
    await desk.fetch(
        "INSERT INTO metric_purge (account_id, due_at, reason) VALUES ($1, $2, 'DELETION_REQUESTED')",
        desk.account,
        desk.now + timedelta(days=2),
    )
    await purge(desk.host)
    kept = await left(desk)

    desk.travel(days=3)
    await purge(desk.host)

    assert kept > 0
    assert await left(desk) == 0


async def test_nobody_elses_numbers_go(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(retention=Retention(end_days=7)))
    other = await desk.rows.linked(await desk.rows.profile("Jonas"), platform="chirp", scopes=("read",))
    await desk.poll()
    await desk.rows.change(other, invalidated_at=desk.now, invalid_reason="UNLINKED")
    before = await left(desk)
    desk.travel(days=8)

    await purge(desk.host)

    assert await left(desk) == before > 0
    assert await desk.one("SELECT count(DISTINCT account_id) FROM metric_latest") == 1


async def test_months_older_than_the_operator_wants_are_dropped(open_desk: OpenDesk) -> None:
    desk = await open_desk(metric_retention_days=31)
    today = desk.now.date()
    desk.api.days = {today - timedelta(days=n): 1.0 for n in range(31)}
    await desk.poll()
    desk.travel(days=70)

    await purge(desk.host)

    assert await desk.snapshots() == 0


async def test_everything_is_gone_before_the_platforms_time_is_up(open_desk: OpenDesk) -> None:
    """ "Within seven days" leaves no hour for a round that comes an hour late."""
    desk = await full_desk(open_desk)
    await desk.rows.change(desk.account_gid, invalidated_at=desk.now, invalid_reason="UNLINKED")
    desk.travel(days=7, hours=-3)

    await purge(desk.host)

    assert await left(desk) == 0


async def test_an_index_finds_the_gaps_of_a_post(desk: Desk) -> None:
    """Posts go by the thousand: each would walk through all gaps of all accounts."""
    await desk.fetch(
        "INSERT INTO story_gap (account_id, from_at, until_at, reason)"
        " SELECT $1, $2::timestamptz + n * interval '1 second', $2, 'NOT_POLLED' FROM generate_series(1, 20000) n",
        desk.account,
        desk.now,
    )
    await desk.fetch("ANALYZE story_gap")

    plan = await desk.fetch("EXPLAIN DELETE FROM story_gap WHERE post_id = 7")

    assert "story_gap_post" in "\n".join(row[0] for row in plan)
