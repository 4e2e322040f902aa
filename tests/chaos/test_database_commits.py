"""A change whose database is lost under it: it is made whole or not at all, and who asked is told what is known."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from support.client import Client
from support.outages import Told, assert_nothing_is_left, directly, recovered, tell
from support.relay import Line, Relay
from support.server import Server
from support.soak import rounds, soak_timeout

COUNT = "{ profiles { totalCount } }"
CREATE = """mutation ($name: String!) {
  createProfile(input: {displayName: $name}) { ... on CreateProfileSuccess { profile { displayName } } } }"""
ADD = """mutation ($profile: ID!, $account: String!) {
  addSocialAccount(input: {profileId: $profile, account: $account, platform: "tiktok"}) {
    ... on AddSocialAccountSuccess { socialAccount { handle status } } } }"""

SAID, ANSWERED = b"COMMIT", b"COMMIT\x00"
"""A COMMIT on the wire, and the word that it was done."""
LOST: dict[str, tuple[Callable[[Relay], None], int]] = {
    "cut before it was said": (lambda relay: relay.asking.when(SAID, Line.cut), 0),
    "cut before it was answered": (lambda relay: relay.answering.when(ANSWERED, Line.cut), 1),
    "dead before it was said": (lambda relay: relay.asking.when(SAID, Line.die), 0),
    "dead before it was answered": (lambda relay: relay.answering.when(ANSWERED, Line.die), 1),
}
"""How a COMMIT is lost, and how many changes stand afterwards. Seen from here they are all alike."""


@pytest.mark.parametrize(("lose", "kept"), list(LOST.values()), ids=list(LOST))
async def test_a_lost_commit_is_told_as_what_it_is(
    behind: Server,
    asker: Client,
    relay: Relay,
    database_url: str,
    lose: Callable[[Relay], None],
    kept: int,
) -> None:
    lose(relay)

    told = await tell(asker, CREATE, name="Mara Linden")
    relay.carry()
    await recovered(asker, COUNT)

    assert told.codes == ["OUTCOME_UNKNOWN"] and told.status == 200
    assert await _counts(database_url) == (kept, kept)
    await assert_nothing_is_left(behind, database_url)


async def _counts(url: str) -> tuple[int, int]:
    """How many profiles there are, and how many were noted as made."""
    async with directly(url) as connection:
        return (
            await connection.fetchval("SELECT count(*) FROM profile"),
            await connection.fetchval("SELECT count(*) FROM audit_entry WHERE action = 'createProfile'"),
        )


async def test_a_change_that_was_made_and_could_not_be_shown_is_not_told_as_none(
    asker: Client, relay: Relay, database_url: str
) -> None:
    """What stands in the payload is read after the COMMIT: the database may be gone by then."""
    relay.answering.after(ANSWERED, relay.refuse)

    told = await tell(asker, CREATE, name="Mara Linden")

    assert told.codes == ["OUTCOME_UNKNOWN"]
    assert await _counts(database_url) == (1, 1)


@soak_timeout(900)
async def test_a_change_is_whole_or_not_there_wherever_its_connection_is_cut(
    behind: Server, asker: Client, relay: Relay, mara: str, database_url: str
) -> None:
    """No account without its event and its entry in the audit log, and none of them without the account."""
    chance, told = random.Random(4), {}
    for number in range(rounds(60, soaking=3000)):
        way = chance.choice((relay.asking, relay.answering))
        way.cut_after = chance.randrange(1, 9000)
        told[f"cut_{number}"] = await tell(asker, ADD, profile=mara, account=f"@cut_{number}")
        relay.carry()

    async with directly(database_url) as connection:
        accounts = await connection.fetch("SELECT id, handle FROM social_account")
        events = await connection.fetch("SELECT account_id FROM status_event WHERE status = 'ADDED'")
        noted = await connection.fetchval(
            "SELECT count(*) FROM audit_entry WHERE action = 'addSocialAccount' AND outcome = 'OK'"
        )
    kept = {row["handle"] for row in accounts}

    assert sorted(row["account_id"] for row in events) == sorted(row["id"] for row in accounts)
    assert noted == len(accounts)
    for handle, one in told.items():
        _is_true(one, handle in kept)
    await assert_nothing_is_left(behind, database_url)


def _is_true(told: Told, is_kept: bool) -> None:
    """What was told about a change fits what became of it."""
    if not told.codes:
        assert is_kept, told
    else:
        assert told.codes == ["OUTCOME_UNKNOWN"] or (told.codes == ["SERVICE_UNAVAILABLE"] and not is_kept), (
            told
        )
