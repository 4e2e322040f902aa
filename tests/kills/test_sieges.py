"""
`kill -9` at any moment of a mixed load: no acknowledged write is lost, no account is half made, and whoever
follows the events is told each of them once.
"""

from __future__ import annotations

import time

import pytest

from support.aftermath import Aftermath
from support.siege import Siege
from support.soak import SOAKING, rounds

DEATHS = ("server", "worker", "power cut", "postmaster", "all")
ROUNDS = rounds(len(DEATHS), soaking=50)


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAKING else 300)
async def test_whatever_is_killed_nothing_is_lost_doubled_or_half_made(siege: Siege) -> None:
    aftermath, began = Aftermath(siege), time.monotonic()

    async with siege.under_load() as load:
        for number in range(ROUNDS):
            await siege.round(load, DEATHS[number % len(DEATHS)])
            await aftermath.check()
        await siege.settle()
        await aftermath.check()
    print(await siege.figures(time.monotonic() - began))

    await aftermath.check_nothing_is_stuck()
    await aftermath.check_links_live()
    await aftermath.check_schema_tells_the_same()
    await siege.fleet.postgres.check_relations()
    siege.fleet.stop()
    siege.fleet.postgres.check_pages()
    assert siege.journal.acknowledged and any(walker.linked for walker in siege.walkers)
