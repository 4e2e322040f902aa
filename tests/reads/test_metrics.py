"""Every metric that somebody asks for gets an answer: a number with where it comes from, or why there is none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from support.client import Client
from support.readings import Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer

DAY = timedelta(days=1)
LATEST = """
  query ($id: ID!, $names: [MetricName!]) { socialAccount(id: $id) { latestMetrics(names: $names) {
    __typename name level unit measure platformMetric availability
    ... on MetricNumber { value day source { platformMetric apiVersion definition login } }
    ... on MetricUnavailable { reason nextStep missingScopes checkedAt }
  } } }
"""
SERIES = """
  query ($id: ID!, $names: [MetricName!], $from: Date, $to: Date, $granularity: MetricGranularity) {
    socialAccount(id: $id) { metrics(names: $names, from: $from, to: $to, granularity: $granularity) {
      name granularity availability reason
      points { day until value availability complete definition }
      breaks { day definition previousDefinition meaning platformMetric previousPlatformMetric }
    } } }
"""


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """An admin."""
    return await server.client()


@pytest.fixture
def readings(server: Server) -> Readings:
    """Readings put straight into the tables."""
    return Readings(server.host)


@pytest_asyncio.fixture
async def mara(rows: Rows) -> str:
    """Mara's account at Chirp, linked."""
    return await rows.linked(await rows.profile(), platform="chirp", scopes=("read",))


async def latest(client: Client, account: str, *names: str) -> dict[str, Any]:
    """The newest word on each metric, by name."""
    answer = await client.ask(LATEST, id=account, names=list(names) or None)
    return {found["name"]: found for found in answer["latestMetrics"]}


async def series(client: Client, account: str, name: str, **arguments: Any) -> Any:
    """One series."""
    arguments = {k: str(v) if isinstance(v, date) else v for k, v in arguments.items()}
    answer = await client.ask(SERIES, id=account, names=[name], **{"granularity": "DAY", **arguments})
    [found] = answer["metrics"]
    return found


def values(found: Any) -> list[float | None]:
    """The values of a series' points."""
    return [point["value"] for point in found["points"]]


# The newest word


async def test_a_number_says_where_it_comes_from_and_a_zero_is_a_number(
    client: Client, readings: Readings, mara: str
) -> None:
    await readings.read(mara, "VIEWS", 0.0, word="plays")

    found = (await latest(client, mara, "VIEWS"))["VIEWS"]

    assert found == {
        "__typename": "MetricNumber",
        "name": "VIEWS",
        "level": "ACCOUNT",
        "unit": "COUNT",
        "measure": "DAY",
        "platformMetric": "plays",
        "availability": "SUPPORTED",
        "value": 0.0,
        "day": str(readings.today()),
        "source": {"platformMetric": "plays", "apiVersion": "v1", "definition": "1", "login": "chirp"},
    }


async def test_every_name_that_was_asked_for_is_answered_once_and_in_order(
    client: Client, readings: Readings, mara: str
) -> None:
    await readings.read(mara, "REACH", None, availability="WITHHELD")

    answer = await client.ask(
        LATEST, id=mara, names=["SAVES", "REACH", "LIKES", "VIEWS", "CLICKS", "SAVES", "FOLLOWERS"]
    )

    found = [(one["name"], one["availability"]) for one in answer["latestMetrics"]]
    assert found == [
        # Chirp knows saves of pictures only.
        ("SAVES", "NOT_SUPPORTED"),
        ("REACH", "WITHHELD"),
        ("LIKES", "MISSING_SCOPE"),
        ("VIEWS", "NOT_YET"),
        # Another login could tell it.
        ("CLICKS", "NOT_SUPPORTED"),
        ("FOLLOWERS", "NOT_YET"),
    ]
    assert all(one["__typename"] == "MetricUnavailable" for one in answer["latestMetrics"])
    assert all(one["reason"] and one["nextStep"] for one in answer["latestMetrics"])


async def test_what_the_person_did_not_allow_names_the_permission(client: Client, mara: str) -> None:
    found = await latest(client, mara, "LIKES", "CLICKS")

    assert found["LIKES"]["missingScopes"] == ["insights"]
    assert "chirp_business" in found["CLICKS"]["nextStep"]


async def test_without_names_all_that_the_platform_tells_is_answered(client: Client, mara: str) -> None:
    assert list(await latest(client, mara)) == ["VIEWS", "REACH", "LIKES", "CLICKS", "FOLLOWERS"]


@pytest.mark.parametrize("facts", [{}, {"expires_in": -DAY}], ids=["never connected", "a link that ran out"])
async def test_an_account_that_is_not_linked_says_so(
    client: Client, rows: Rows, facts: dict[str, Any]
) -> None:
    account = await rows.account(await rows.profile(), platform="chirp", **facts)

    found = (await latest(client, account, "VIEWS"))["VIEWS"]

    assert (found["availability"], found["checkedAt"]) == ("NOT_LINKED", None)
    assert "connectSocialAccount" in found["nextStep"]


async def test_a_number_outlives_the_link_and_the_plugin(
    client: Client, rows: Rows, readings: Readings, mara: str
) -> None:
    await readings.read(mara, "FOLLOWERS", 12)
    await readings.read(mara, "NAVIGATION", 3)
    await rows.change(mara, grant_id=None, invalidated_at=rows.now(), invalid_reason="UNLINKED")

    found = await latest(client, mara)

    assert {name: one.get("value") for name, one in found.items() if "value" in one} == {
        "FOLLOWERS": 12,
        "NAVIGATION": 3,
    }
    # Nobody knows any more what it counts.
    assert found["NAVIGATION"]["unit"] is None
    assert found["VIEWS"]["availability"] == "NOT_LINKED"


async def test_a_permission_that_was_given_since_is_not_called_missing(
    client: Client, rows: Rows, readings: Readings, mara: str
) -> None:
    await readings.read(mara, "VIEWS", None, availability="MISSING_SCOPE", at=rows.now() - DAY)

    found = (await latest(client, mara, "VIEWS"))["VIEWS"]

    assert found["availability"] == "NOT_YET"


# Series


async def test_a_day_without_a_number_is_null_and_says_why(
    client: Client, readings: Readings, mara: str
) -> None:
    for days, value in ((-60, 5), (-4, 7), (-3, 0), (-2, None)):
        await readings.read(mara, "VIEWS", value, readings.today(days))

    found = await series(client, mara, "VIEWS", **{"from": readings.today(-5), "to": readings.today()})
    older = await series(client, mara, "VIEWS", **{"from": readings.today(-61), "to": readings.today(-60)})

    assert [(p["value"], p["availability"]) for p in found["points"]] == [
        (None, "NOT_YET"),
        (7.0, "SUPPORTED"),
        (0.0, "SUPPORTED"),
        (None, "NOT_YET"),
        (None, "NOT_YET"),
        (None, "NOT_YET"),
    ]
    # Chirp answers for 30 days: what was not read by then can never be read.
    assert [(p["value"], p["availability"]) for p in older["points"]] == [
        (None, "NOT_READ"),
        (5.0, "SUPPORTED"),
    ]


async def test_a_day_shows_its_newest_reading(
    client: Client, rows: Rows, readings: Readings, mara: str
) -> None:
    day = readings.today(-3)
    for hours, value in ((1, 30), (3, 10), (2, 20)):
        await readings.read(mara, "VIEWS", value, day, at=rows.now() - timedelta(hours=hours))

    found = await series(client, mara, "VIEWS", **{"from": day, "to": day})

    assert values(found) == [30.0]


async def test_weeks_add_up_days_and_say_when_some_are_missing(
    client: Client, readings: Readings, mara: str
) -> None:
    monday = date(2026, 1, 19)
    for days in range(7):
        await readings.read(mara, "VIEWS", 10 + days, monday + days * DAY)
    await readings.read(mara, "VIEWS", 100, monday + 8 * DAY)

    window = {"from": monday + DAY, "to": monday + 15 * DAY, "granularity": "WEEK"}
    found = await series(client, mara, "VIEWS", **window)

    assert [(p["day"], p["until"], p["value"], p["complete"]) for p in found["points"]] == [
        ("2026-01-19", "2026-01-25", 91.0, True),
        ("2026-01-26", "2026-02-01", 100.0, False),
        ("2026-02-02", "2026-02-08", None, False),
    ]


async def test_states_are_never_added_up_over_time(client: Client, readings: Readings, mara: str) -> None:
    for day, value in ((date(2026, 1, 5), 100), (date(2026, 1, 28), 140), (date(2026, 3, 1), 150)):
        await readings.read(mara, "FOLLOWERS", value, day)

    window = {"from": date(2026, 1, 1), "to": date(2026, 3, 1), "granularity": "MONTH"}
    found = await series(client, mara, "FOLLOWERS", **window)

    assert values(found) == [140.0, None, 150.0]


async def test_people_of_several_days_are_not_added_up(client: Client, readings: Readings, mara: str) -> None:
    await readings.read(mara, "REACH", 40, readings.today(-1))

    weeks = await series(client, mara, "REACH", granularity="WEEK")
    days = await series(client, mara, "REACH")

    assert (weeks["availability"], weeks["points"]) == ("NOT_SUPPORTED", [])
    assert "people" in weeks["reason"]
    assert 40.0 in values(days)


async def test_a_new_definition_breaks_the_series(client: Client, readings: Readings, mara: str) -> None:
    for day, value, definition in ((8, 1, "1"), (9, 2, "1"), (11, 30, "2"), (12, 31, "2")):
        await readings.read(mara, "VIEWS", value, date(2026, 1, day), word="plays", definition=definition)

    window = {"from": date(2026, 1, 5), "to": date(2026, 1, 18)}
    days = await series(client, mara, "VIEWS", **window)
    weeks = await series(client, mara, "VIEWS", **window, granularity="WEEK")

    assert days["breaks"] == [
        {
            "day": "2026-01-11",
            "definition": "2",
            "previousDefinition": "1",
            "meaning": "Counts every play, also of one second.",
            "platformMetric": "plays",
            "previousPlatformMetric": "plays",
        }
    ]
    # The first week mixes two definitions.
    assert [point["definition"] for point in weeks["points"]] == [None, "2"]


async def test_a_post_shows_every_reading_and_nothing_from_before_it_was_there(
    client: Client, rows: Rows, readings: Readings, mara: str
) -> None:
    now = rows.now()
    post = await readings.post(mara, published_at=now - 2 * DAY)
    for hours, value in ((30, 1), (20, 5), (1, 9)):
        at = now - timedelta(hours=hours)
        await readings.read(mara, "VIEWS", value, at.date(), post=post, at=at, level="POST")

    asked = """query ($id: ID!) { node(id: $id) { ... on Post {
      every: metrics(names: [VIEWS], granularity: READING) { points { value fetchedAt } }
      days: metrics(names: [VIEWS]) { points { day value } }
      latestMetrics { name availability }
    } } }"""
    found = await client.ask(asked, id=post)

    assert [point["value"] for point in found["every"][0]["points"]] == [1.0, 5.0, 9.0]
    assert found["days"][0]["points"][0]["day"] == str((now - 2 * DAY).date())
    assert len(found["days"][0]["points"]) == 3
    # A video at Chirp has no saves, so without names nobody speaks of them.
    assert found["latestMetrics"] == [
        {"name": "VIEWS", "availability": "SUPPORTED"},
        {"name": "AVERAGE_WATCH_TIME", "availability": "NOT_YET"},
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"to": "9999-12-31", "from": "9999-12-01", "granularity": "MONTH"},
    ],
    ids=["backwards", "too long", "behind all time"],
)
async def test_days_that_make_no_sense_get_a_clear_error(
    client: Client, mara: str, arguments: dict[str, str]
) -> None:
    asked = {"granularity": "DAY", **arguments}

    assert await client.error_code(SERIES, id=mara, names=["VIEWS"], **asked) == "INVALID_PERIOD"


@pytest.mark.parametrize(
    "text", ["2026-02-30", "20260101", "2026-W01-1", "2026-1-1", "", "2026-01-01T00:00:00Z", 5]
)
async def test_a_day_is_taken_in_one_form_only(client: Client, mara: str, text: Any) -> None:
    code = await client.error_code(SERIES, **{"id": mara, "granularity": "DAY", "from": text})

    assert code == "BAD_USER_INPUT"


async def test_a_chart_that_is_too_large_for_one_answer_is_refused(client: Client, rows: Rows) -> None:
    profile = await rows.profile()
    for _ in range(20):
        await rows.linked(profile, platform="chirp")
    asked = '{ socialAccounts { nodes { metrics(from: "2023-12-01", to: "2026-11-01") { name } } } }'

    assert await client.error_code(asked) == "INVALID_PERIOD"


async def test_a_year_of_one_account_is_read_by_the_index_alone(
    server: Server, start_server: StartServer, readings: Readings, rows: Rows, mara: str
) -> None:
    """Only the pages that hold the account's own readings are touched, however many others have some."""
    for month in range(1, 13):
        await readings.read(mara, "VIEWS", 1, date(2025, month, 15))
    await server.host.database.fetch(
        "INSERT INTO metric_snapshot SELECT a + 1000, 0, 'VIEWS', date '2025-01-01' + d,"
        " timestamptz '2026-01-01 00:00Z', 1, 'SUPPORTED', 1"
        " FROM generate_series(1, 100) a, generate_series(0, 364) d"
    )
    await server.host.database.fetch("ANALYZE metric_snapshot")
    seen: list[str] = []
    watched = await serve_metrics(start_server, observe=seen.append)
    client = await watched.client()

    window = {"from": date(2025, 1, 1), "to": date(2025, 12, 31)}
    found = await series(client, mara, "VIEWS", **window)

    [text] = {t for t in seen if "FROM metric_snapshot" in t}
    plan = await server.host.database.fetch(
        f"EXPLAIN {text}", [1], [0], ["VIEWS"], date(2025, 1, 1), date(2025, 12, 31)
    )
    lines = [row[0] for row in plan if "metric_snapshot" in row[0]]
    assert sum(value or 0 for value in values(found)) == 12
    assert len([line for line in lines if "Index" in line and "_pkey" in line]) == 12
    assert [line for line in lines if "Seq Scan" in line] == []
