"""Clearing up outlives whatever meets it: one row that cannot be ended keeps no other open."""

from __future__ import annotations

import pytest

from server.ids import uuid_id
from server.services.connect.attempts import expire_attempts
from support.roster import Roster
from support.rows import Rows
from support.server import Server


@pytest.fixture
async def rows(server: Server) -> Rows:
    """Rows put straight into the tables."""
    return Rows(server.host)


async def test_an_attempt_that_cannot_be_ended_does_not_keep_the_others_open(
    server: Server, roster: Roster, rows: Rows
) -> None:
    """A time that Python has no word for stands for whatever may be wrong with a row."""
    mara = await roster.create_profile("Mara Linden")
    broken, sound = await rows.attempt(mara), await rows.attempt(mara)
    await server.host.database.fetch("UPDATE connect_attempt SET expires_at = '2020-01-01'")
    await server.host.database.fetch(
        "UPDATE connect_attempt SET created_at = '4000-01-01 BC', expires_at = '2019-01-01' WHERE id = $1",
        uuid_id(broken, "ConnectAttempt"),
    )

    ended = await expire_attempts(server.host)

    assert ended == 1
    assert (await roster.attempt(sound))["outcome"]["__typename"] == "AttemptExpired"
