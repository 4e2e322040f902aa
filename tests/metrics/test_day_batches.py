"""Where a platform takes a call a day, the days are asked for in pieces, and each piece is kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from linkroll_sdk import Level, Measure, MetricName

from server.services.polling.wanted_metrics import calls_for
from support.chirp_metrics import FOLLOWERS, VIEWS, ChirpFetcher, chirp_platforms, metric
from support.desk import Desk, OpenDesk

DAY = timedelta(days=1)
TODAY = date(2026, 3, 20)


class Slow(ChirpFetcher):
    """Takes ten days at a time."""

    day_batch = 10


def asked_days(desk: Desk) -> list[tuple[str, str]]:
    """First and last day of each question about the account."""
    return [(asked["since"], asked["until"]) for name, asked in desk.api.asked if name == "account"]


async def test_the_newest_days_are_asked_for_first_and_none_twice(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(Slow()))
    today = desk.now.date()
    desk.api.days = {today - n * DAY: 1.0 for n in range(60)}

    await desk.poll()

    ends = [(9, 0), (19, 10), (29, 20), (30, 30)]
    assert asked_days(desk) == [(str(today - a * DAY), str(today - b * DAY)) for a, b in ends]
    assert len(await desk.series("VIEWS")) == 31


async def test_what_was_answered_is_kept_when_the_rest_is_refused(open_desk: OpenDesk) -> None:
    """Small accounts are allowed little: else they would never have a number."""

    class Exhausted(Slow):
        async def ask(self, http: object, operation: str, **params: str) -> object:  # type: ignore[override]
            if params.get("until", str(desk.now.date())) != str(desk.now.date()):
                desk.api.status, desk.api.failing = 429, {"account"}
            return await super().ask(http, operation, **params)  # type: ignore[arg-type]

    desk = await open_desk(chirp_platforms(Exhausted()))
    today = desk.now.date()
    desk.api.days = {today - n * DAY: 1.0 for n in range(60)}

    await desk.poll()

    assert len(await desk.series("VIEWS")) == 10
    assert (await desk.latest("FOLLOWERS"))["value"] == 100.0
    assert await desk.one("SELECT last_ok_at FROM poll WHERE work = 'ACCOUNT'") is None


@pytest.mark.parametrize("most", [None, 1, 7, 31, 400], ids=str)
def test_the_pieces_are_the_whole(most: int | None) -> None:
    calls = calls_for([VIEWS, FOLLOWERS], None, None, TODAY, most)

    days = [c.since + n * DAY for c in calls for n in range((c.until - c.since).days + 1)]
    assert sorted(days) == [TODAY - n * DAY for n in reversed(range(31))]
    assert [FOLLOWERS in c.metrics for c in calls] == [True] + [False] * (len(calls) - 1)


def test_each_history_goes_as_far_back_as_it_may() -> None:
    short = metric(MetricName.CLICKS, Level.ACCOUNT, "taps", Measure.DAY, history=timedelta(days=3))

    calls = calls_for([VIEWS, short], None, None, TODAY, None)

    assert [(c.since, c.metrics) for c in calls] == [(TODAY - 30 * DAY, [VIEWS]), (TODAY - 3 * DAY, [short])]
