"""A notice and a person's own act at the same moment: both come through, in either order."""

from __future__ import annotations

import asyncio

from server.ids import row_id
from server.services.callbacks.notices import work_off_callbacks
from support.deliveries import Chirp, deletion, ended
from support.gates import held
from support.merges import merge

REVOKED = ("INVALID", "ACCESS_REVOKED")


async def test_a_link_that_ends_while_its_profile_is_merged_ends_on_the_survivor(
    chirp: Chirp, database_url: str
) -> None:
    account = await chirp.link()
    survivor = await chirp.roster.create_profile("Mara L.")
    await chirp.deliver(ended())

    async with held(
        database_url, "SELECT 1 FROM profile WHERE id = $1 FOR UPDATE", row_id(chirp.profile, "Profile")
    ) as gate:
        both = [
            asyncio.create_task(merge(chirp.roster, survivor, chirp.profile)),
            asyncio.create_task(work_off_callbacks(chirp.server.host)),
        ]
        await gate.waiting(2)
    await asyncio.gather(*both)

    found = await chirp.roster.account(account)
    assert found["profile"] == {"id": survivor}
    assert (found["status"], found["statusReason"]) == REVOKED
    [row] = await chirp.deliveries()
    assert row["attempts"] == 1


async def test_a_link_that_is_ended_from_both_sides_at_once_has_one_reason_and_one_event(
    chirp: Chirp, database_url: str
) -> None:
    account = await chirp.link()
    await chirp.deliver(ended())

    async with held(
        database_url, "SELECT 1 FROM profile WHERE id = $1 FOR UPDATE", row_id(chirp.profile, "Profile")
    ) as gate:
        unlinking = asyncio.create_task(chirp.roster.unlink(account))
        working = asyncio.create_task(work_off_callbacks(chirp.server.host))
        await gate.waiting(2)
    answer, _ = await asyncio.gather(unlinking, working)

    reason = (await chirp.standing(account))[1]
    was_unlinked = answer["__typename"] == "UnlinkSocialAccountSuccess"
    assert reason == ("UNLINKED" if was_unlinked else "ACCESS_REVOKED"), answer
    row = await chirp.server.host.database.fetchrow(
        "SELECT count(*) AS told FROM status_event WHERE status = 'INVALID'"
    )
    assert row is not None and row["told"] == 1


async def test_an_account_that_is_removed_while_its_deletion_is_worked_off_is_no_error(
    chirp: Chirp, database_url: str
) -> None:
    account = await chirp.link()
    await chirp.deliver(deletion())

    async with held(
        database_url, "SELECT 1 FROM profile WHERE id = $1 FOR UPDATE", row_id(chirp.profile, "Profile")
    ) as gate:
        removing = asyncio.create_task(chirp.roster.remove(account))
        working = asyncio.create_task(work_off_callbacks(chirp.server.host))
        await gate.waiting(2)
    answer, _ = await asyncio.gather(removing, working)

    assert answer["__typename"] == "RemoveSocialAccountSuccess"
    assert await chirp.roster.account(account) is None
    [row] = await chirp.deliveries()
    assert row["done_at"] is not None
