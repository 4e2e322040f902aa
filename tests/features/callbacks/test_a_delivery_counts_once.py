"""Platforms deliver at least once, late and out of order: repeats, replays and old news change nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from server.services.callbacks.deliveries import prune_deliveries
from server.services.callbacks.notices import work_off_callbacks
from support.deliveries import Chirp, ended
from support.events import log_of

REVOKED = ("INVALID", "ACCESS_REVOKED")


async def test_a_delivery_is_answered_before_it_is_worked_off(chirp: Chirp) -> None:
    account = await chirp.link()

    answer = await chirp.deliver(ended())
    answered = await chirp.standing(account)
    await work_off_callbacks(chirp.server.host)

    assert answer.status == 202
    assert (answered, await chirp.standing(account)) == (("LINKED", None), REVOKED)


async def test_a_repeat_gets_the_same_receipt_and_is_only_counted(chirp: Chirp) -> None:
    await chirp.link()
    first = await chirp.tell(ended(), key="one")

    again = await chirp.tell(ended(), key="one")

    assert again.text == first.text and again.status == first.status
    [row] = await chirp.deliveries()
    assert row["repeats"] == 1 and row["outcome"] == "GrantEnded: 1 accounts"


async def test_the_same_delivery_many_times_at_once_is_filed_once(chirp: Chirp) -> None:
    answers = await asyncio.gather(*(chirp.deliver(ended(), key="one") for _ in range(8)))

    assert len({answer.text for answer in answers}) == 1
    [row] = await chirp.deliveries()
    assert row["repeats"] == 7


async def test_a_replay_does_not_end_the_link_that_came_after_it(chirp: Chirp) -> None:
    await chirp.link()
    await chirp.tell(ended(), key="one")
    await chirp.later(days=1)
    again = await chirp.link()

    await chirp.tell(ended(), key="one")

    assert await chirp.standing(again) == ("LINKED", None)


async def test_a_notice_from_before_the_newest_consent_only_has_the_link_probed(chirp: Chirp) -> None:
    """TikTok delivers for three days: by then the person may have connected again."""
    account = await chirp.link()
    sent = chirp.server.host.now() - timedelta(hours=1)

    await chirp.tell(ended(at=sent.isoformat()))

    assert await chirp.standing(account) == ("LINKED", None)
    assert await chirp.column(account, "probe_at") <= chirp.server.host.now()


async def test_a_notice_of_the_second_of_the_consent_ends_it(chirp: Chirp) -> None:
    """Platforms tell whole seconds: cut off, they lie before a consent of the same second."""
    account = await chirp.link()
    row = await chirp.server.host.database.fetchrow("SELECT consented_at FROM oauth_grant")
    assert row is not None
    await chirp.later(seconds=2)

    await chirp.tell(ended(at=row["consented_at"].replace(microsecond=0).isoformat()))

    assert await chirp.standing(account) == REVOKED


async def test_a_notice_that_was_filed_before_a_reconnect_and_worked_off_after_it_ends_nothing(
    chirp: Chirp,
) -> None:
    account = await chirp.link()
    await chirp.deliver(ended())
    await chirp.later(minutes=1)
    await chirp.change_grant(account, consented_at=chirp.server.host.now())

    await work_off_callbacks(chirp.server.host)

    assert await chirp.standing(account) == ("LINKED", None)


async def test_two_notices_of_one_end_make_one_event(chirp: Chirp) -> None:
    await chirp.link()

    await chirp.tell(ended(), ended())
    await chirp.tell(ended())

    events = [event for event in await log_of(chirp.roster.client) if event["status"] == "INVALID"]
    assert len(events) == 1


async def test_what_was_worked_off_is_forgotten_after_a_time_and_not_before(chirp: Chirp) -> None:
    await chirp.tell(ended())

    await chirp.later(days=89)
    await prune_deliveries(chirp.server.host)
    kept = await chirp.deliveries()
    await chirp.later(days=2)
    await prune_deliveries(chirp.server.host)

    assert len(kept) == 1 and await chirp.deliveries() == []


async def test_whom_it_was_about_is_not_kept_once_it_is_worked_off(chirp: Chirp) -> None:
    await chirp.deliver(ended("somebody"))
    open_row = str(await chirp.deliveries())

    await work_off_callbacks(chirp.server.host)

    assert "somebody" in open_row and "somebody" not in str(await chirp.deliveries())
