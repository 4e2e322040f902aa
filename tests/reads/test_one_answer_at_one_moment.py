"""An answer takes several statements; what goes away between two of them is no error of the server's."""

from __future__ import annotations

import asyncio

from server.ids import row_id
from support.gates import held
from support.roster import Roster


async def test_a_profile_that_is_removed_between_two_statements_of_an_answer_is_no_internal_error(
    roster: Roster, database_url: str
) -> None:
    mara = await roster.create_profile("Mara Linden")
    await roster.add(mara, "@marabakes", "tiktok")
    question = "{ socialAccounts(first: 10) { nodes { id profile { id displayName } } } }"
    await roster.client.ask(question)

    async with held(database_url, "LOCK TABLE profile IN ACCESS EXCLUSIVE MODE") as gate:
        asking = asyncio.create_task(roster.client.send(question))
        # It has read the accounts, and wants to read their profiles.
        await gate.waiting(1)
        await gate.connection.execute("DELETE FROM social_account")
        await gate.connection.execute("DELETE FROM profile WHERE id = $1", row_id(mara, "Profile"))

    assert "errors" not in await asking
