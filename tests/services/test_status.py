"""Status is a function of facts and the clock, said twice: in Python for writes, in SQL for reads and filters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from server.database import credentials_of
from server.reads.sql import Sql
from server.services.links.status import (
    Facts,
    Standing,
    Status,
    StatusReason,
    next_action,
    next_action_sql,
    reason_sql,
    status_of,
    status_sql,
)
from support.generated import generated

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
"""Nine days before the clocks go forward in Europe: no time zone may move a deadline."""
WARNINGS = [timedelta(0), timedelta(days=1), timedelta(days=14), timedelta(days=365)]
TICK = timedelta(microseconds=1)

EDGES = [NOW + warning + tick for warning in WARNINGS for tick in (-TICK, timedelta(0), TICK)]
moments = st.sampled_from(EDGES) | st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)
)


@st.composite
def facts_of_an_account(draw: st.DrawFn) -> Facts:
    """Facts as the table's constraints let them be: only what was authenticated can be invalid, for a reason."""
    authenticated_at = draw(st.none() | moments)
    invalidated_at = draw(st.none() | moments) if authenticated_at else None
    return Facts(
        authenticated_at=authenticated_at,
        expires_at=draw(st.none() | moments),
        invalidated_at=invalidated_at,
        invalid_reason=draw(st.sampled_from(StatusReason)).value if invalidated_at else None,
    )


@pytest_asyncio.fixture(params=["UTC", "Europe/Berlin", "America/St_Johns"])
async def connection(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Any]:
    """A database whose operator lives somewhere."""
    opened = await asyncpg.connect(
        **credentials_of(database_url), server_settings={"timezone": request.param}
    )
    yield opened
    await opened.close()


async def by_sql(connection: Any, facts: list[Facts], now: datetime, warning: timedelta) -> list[Any]:
    """What the SQL twins say about each of *facts*: status, reason and next action."""
    sql = Sql(now, warning)
    columns = [
        sql.value([getattr(f, name) for f in facts], f"{kind}[]")
        for name, kind in (
            ("authenticated_at", "timestamptz"),
            ("expires_at", "timestamptz"),
            ("invalidated_at", "timestamptz"),
            ("invalid_reason", "text"),
        )
    ]
    rows = await connection.fetch(
        f"SELECT {status_sql('t', sql.now, sql.warning)} AS status, {reason_sql('t', sql.now)} AS reason,"
        f" {next_action_sql('t', sql.now, sql.warning)} AS action FROM unnest({', '.join(columns)})"
        " WITH ORDINALITY t(authenticated_at, expires_at, invalidated_at, invalid_reason, position)"
        " ORDER BY t.position",
        *sql.args,
    )
    return [tuple(row) for row in rows]


@generated(cases=60)
@given(facts=st.lists(facts_of_an_account(), min_size=1, max_size=50), warning=st.sampled_from(WARNINGS))
async def test_both_say_the_same_of_any_facts(
    connection: Any, facts: list[Facts], warning: timedelta
) -> None:
    said = await by_sql(connection, facts, NOW, warning)

    expected = [status_of(f, NOW, warning) for f in facts]
    assert said == [(s.status, s.reason, next_action(s.status)) for s in expected]


@pytest.mark.parametrize("warning", WARNINGS, ids=str)
async def test_both_change_their_mind_at_the_same_microsecond(connection: Any, warning: timedelta) -> None:
    """`EXPIRING` begins when exactly the warning time is left, `INVALID` at the deadline itself."""
    deadlines = [NOW + w + tick for w in (timedelta(0), warning) for tick in (-TICK, timedelta(0), TICK)]
    facts = [Facts(authenticated_at=NOW - timedelta(days=90), expires_at=moment) for moment in deadlines]

    said = [
        Standing(Status(status), reason)
        for status, reason, _ in await by_sql(connection, facts, NOW, warning)
    ]

    expired = Standing(Status.INVALID, StatusReason.EXPIRED)
    after_now = Standing(Status.EXPIRING if warning else Status.LINKED)
    at_warning = [after_now, after_now, Standing(Status.LINKED)] if warning else [expired, expired, after_now]
    assert said == [expired, expired, after_now, *at_warning]
    assert said == [status_of(f, NOW, warning) for f in facts]


def test_a_deadline_says_nothing_about_an_account_that_was_never_authenticated() -> None:
    facts = Facts(expires_at=NOW - timedelta(days=1))

    assert status_of(facts, NOW, timedelta(days=14)) == Standing(Status.ADDED)


def test_a_definite_word_of_the_platform_outlives_the_deadline() -> None:
    """Why it broke first stays the reason, also when the 90 days run out later."""
    facts = Facts(
        authenticated_at=NOW - timedelta(days=100),
        expires_at=NOW - timedelta(days=10),
        invalidated_at=NOW - timedelta(days=20),
        invalid_reason="PASSWORD_CHANGED",
    )

    assert status_of(facts, NOW, timedelta(days=14)) == Standing(
        Status.INVALID, StatusReason.PASSWORD_CHANGED
    )
