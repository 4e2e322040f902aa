"""Meta's calendar, in California (meta sheet 4.1), and its spellings of a moment."""

from datetime import UTC, date, datetime

import pytest
from linkroll_meta.days import chunks, day_ending, days_between, read_time, start_of


@pytest.mark.parametrize(
    ("end", "day"),
    [
        (datetime(2026, 5, 18, 7, tzinfo=UTC), date(2026, 5, 17)),
        (datetime(2026, 1, 18, 8, tzinfo=UTC), date(2026, 1, 17)),
        # The hour of the other half of the year, and midnight in UTC: still the same day.
        (datetime(2026, 5, 18, 8, tzinfo=UTC), date(2026, 5, 17)),
        (datetime(2026, 5, 18, 0, tzinfo=UTC), date(2026, 5, 17)),
    ],
    ids=["summer", "winter", "an hour off", "at midnight"],
)
def test_a_point_is_about_the_day_before_its_end(end: datetime, day: date) -> None:
    assert day_ending(end) == day


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 5, 17), 7), (date(2026, 1, 17), 8)])
def test_a_day_begins_at_midnight_in_california(day: date, hour: int) -> None:
    assert start_of(day) == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_both_ends_are_among_the_days() -> None:
    days = days_between(date(2026, 2, 27), date(2026, 3, 1))

    assert days == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
    assert days_between(date(2026, 3, 1), date(2026, 2, 27)) == []


def test_stretches_leave_no_day_out_and_take_none_twice() -> None:
    days = days_between(date(2026, 3, 1), date(2026, 3, 7))

    assert chunks(days, 3) == [
        (date(2026, 3, 1), date(2026, 3, 3)),
        (date(2026, 3, 4), date(2026, 3, 6)),
        (date(2026, 3, 7), date(2026, 3, 7)),
    ]
    assert chunks([], 3) == []


@pytest.mark.parametrize("told", ["2026-05-17T16:24:04+0000", 1779035044, "1779035044"])
def test_a_moment_is_read_in_each_spelling(told: object) -> None:
    assert read_time(told) == datetime(2026, 5, 17, 16, 24, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", [None, "", "soon", "2026-05-17T16:24:04", True, [], 10**30, "9" * 30, float("nan"), "²"]
)
def test_what_is_no_moment_is_none(told: object) -> None:
    assert read_time(told) is None


@pytest.mark.parametrize("told", [0, "0", 86400, "1970-01-02T00:00:00+0000"])
def test_1970_stands_for_not_yet(told: object) -> None:
    assert read_time(told) is None
