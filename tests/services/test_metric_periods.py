"""The days of a chart: whole periods, in order, without a gap, and clear words about days that make no sense."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.services.metrics.metric_periods import MAX_DAYS, BadWindow, Granularity, Window

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
DAYS = st.dates(date(2001, 1, 1), date(2099, 1, 1))
PERIODS = st.sampled_from([Granularity.DAY, Granularity.WEEK, Granularity.MONTH])


@given(PERIODS, DAYS, st.integers(0, 400))
def test_periods_follow_each_other_without_a_gap_and_hold_every_day_asked_for(
    granularity: Granularity, since: date, days: int
) -> None:
    until = since + days * DAY

    periods = Window.of(granularity, since, until, TODAY).periods()

    assert periods[0].first <= since <= periods[0].last
    assert periods[-1].first <= until <= periods[-1].last
    assert all(a.last + DAY == b.first for a, b in pairwise(periods))
    assert all(p.first <= p.last for p in periods)


@given(DAYS)
def test_weeks_run_from_monday_to_sunday_and_months_from_their_first_day(day: date) -> None:
    [week] = Window.of(Granularity.WEEK, day, day, TODAY).periods()
    [month] = Window.of(Granularity.MONTH, day, day, TODAY).periods()

    assert (week.first.isoweekday(), week.last.isoweekday(), week.days) == (1, 7, 7)
    assert (month.first.day, (month.last + DAY).day, month.first.month) == (1, 1, day.month)


def test_without_days_the_last_four_weeks_are_meant() -> None:
    window = Window.of(Granularity.DAY, None, None, TODAY)

    assert (window.since, window.until, window.days) == (date(2026, 10, 26), TODAY, 28)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        pytest.param(TODAY, TODAY - DAY, id="backwards"),
        pytest.param(TODAY - MAX_DAYS * DAY, TODAY, id="too long"),
        pytest.param(None, date.min, id="before all time"),
        pytest.param(date.max - DAY, date.max, id="behind all time"),
    ],
)
def test_days_that_make_no_sense_are_refused(since: date | None, until: date) -> None:
    with pytest.raises(BadWindow):
        Window.of(Granularity.MONTH, since, until, TODAY)
