"""What a day's number stands for: a day that was not over is said so, and nothing is promised that never comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import pytest_asyncio
from linkroll_sdk import Level, Measure, MetricName

from server.services.links.status import Status
from server.services.metrics.metric_answers import Availability, Link, Subject
from server.services.metrics.metric_periods import Granularity, Window
from server.services.metrics.metric_series import Row, series_of
from support.chirp_metrics import metric
from support.readings import Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 20, 15, tzinfo=UTC)
TODAY = NOW.date()
VIEWS = metric(
    MetricName.VIEWS, Level.ACCOUNT, "plays", Measure.DAY, history=90 * DAY, delay=2 * DAY, cadence=DAY
)
LATEST = (
    "query ($id: ID!) { socialAccount(id: $id) { latestMetrics { name ... on MetricNumber { complete } } } }"
)


def subject(**link: Any) -> Subject:
    """An account that is linked and was read this morning."""
    facts = {"login": "chirp", "scopes": frozenset({"read"}), "status": Status.LINKED, **link}
    return Subject(1, 0, Level.ACCOUNT, Link("chirp", **facts))


def row(day: date, read_at: datetime, value: float | None = 7.0) -> Row:
    """One reading of a day's views."""
    return Row("VIEWS", day, read_at, value, "SUPPORTED", "plays", "v1", "1", "chirp")


def at(day: date, hour: int) -> datetime:
    """An hour of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


@pytest.mark.parametrize(
    ("read_at", "complete"),
    [
        (at(TODAY - 2 * DAY, 23), False),
        # It ends in California only now.
        (at(TODAY - DAY, 7), False),
        (at(TODAY - DAY, 13), True),
        (at(TODAY, 9), True),
    ],
    ids=["on the day", "in the night", "on the day after", "later"],
)
@pytest.mark.parametrize("granularity", [Granularity.DAY, Granularity.READING])
def test_a_number_that_was_read_before_its_day_was_over_is_not_whole(
    read_at: datetime, complete: bool, granularity: Granularity
) -> None:
    day = TODAY - 2 * DAY

    found = series_of(
        MetricName.VIEWS, VIEWS, subject(), [row(day, read_at)], Window(granularity, day, day), NOW
    )

    assert [(point.value, point.complete) for point in found.points] == [(7.0, complete)]


def test_a_week_with_a_day_that_was_not_over_is_not_whole() -> None:
    monday = date(2026, 3, 9)
    rows = [row(monday + n * DAY, at(monday + (n + 2) * DAY, 9)) for n in range(6)]
    rows.append(row(monday + 6 * DAY, at(monday + 6 * DAY, 20)))

    found = series_of(
        MetricName.VIEWS, VIEWS, subject(), rows, Window(Granularity.WEEK, monday, monday + 6 * DAY), NOW
    )

    assert [(point.value, point.complete) for point in found.points] == [(49.0, False)]


READ = NOW - timedelta(hours=6)


@pytest.mark.parametrize(
    ("days", "link", "said"),
    [
        (5, {"read_at": READ}, Availability.NOT_YET),
        (8, {"read_at": READ}, Availability.NOT_READ),
        # After a pause the missed days are asked for.
        (40, {"read_at": NOW - 45 * DAY}, Availability.NOT_YET),
        # Nobody has read it yet: the first reading goes thirty days back.
        (30, {}, Availability.NOT_YET),
        (31, {}, Availability.NOT_READ),
        # A new consent is filled in as the first.
        (30, {"read_at": READ, "authenticated_at": NOW}, Availability.NOT_YET),
        (5, {"read_at": READ, "status": Status.INVALID}, Availability.NOT_READ),
    ],
    ids=["lately", "before", "a pause", "at first", "before all", "a new consent", "no link"],
)
def test_a_day_is_only_promised_when_somebody_will_ask_for_it(
    days: int, link: dict[str, Any], said: Availability
) -> None:
    day = TODAY - days * DAY

    found = series_of(MetricName.VIEWS, VIEWS, subject(**link), [], Window(Granularity.DAY, day, day), NOW)

    assert [point.availability for point in found.points] == [said]


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


async def test_the_newest_number_says_whether_its_day_was_over(server: Server, rows: Rows) -> None:
    mara = await rows.linked(await rows.profile(), platform="chirp", scopes=("read",))
    client, readings = await server.client(), Readings(server.host)
    await readings.read(mara, "VIEWS", 3.0)
    await readings.read(mara, "REACH", 3.0, readings.today(-2))
    await readings.read(mara, "FOLLOWERS", 3.0)

    answer = await client.ask(LATEST, id=mara)

    found = {one["name"]: one["complete"] for one in answer["latestMetrics"] if "complete" in one}
    assert found == {"VIEWS": False, "REACH": True, "FOLLOWERS": True}
