"""
SIGKILL at every step of a refresh: the link works afterwards, or says honestly that it is over.

TikTok rotates: from the moment it has processed a refresh, the old pair is worth nothing.
"""

from __future__ import annotations

import aiohttp
import pytest

from server.worker.upkeep import refresh_due
from support.clock import travel
from support.refresher import Nursery, outcome
from support.sandbox import Sandbox
from support.server import Server
from support.steps import held_at, roll_back, until, waiting
from support.tokens import TOKENS, held_by, is_accepted, refreshes

EVERYBODY = 21
"""So many waiting connections, at ten a process, belong to three processes."""


# One process


@pytest.mark.parametrize("next_one", ["worker", "use"])
@pytest.mark.parametrize("commits", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("step", ["lease", "payment", "journal", "settling"])
async def test_killed_at_a_step_the_link_works_or_is_honestly_over(
    step: str,
    commits: bool,
    next_one: str,
    server: Server,
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    nursery: Nursery,
    stale: int,
) -> None:
    async with held_at(server.host, step) as gate:
        killed = await nursery.start(server, stale)
        await waiting(gate, 1)
        await killed.kill()
        if not commits:
            await roll_back(gate)
    await travel(sandbox, server, minutes=2)

    if next_one == "worker":
        await refresh_due(server.host, "tiktok")
        by_the_worker = await held_by(server, sandbox, stale)
        assert by_the_worker.lives is (by_the_worker.status == "LINKED")
    said = await outcome(server.host, stale)

    # Only a new pair that was nowhere but in its hands dies with the process.
    is_lost = step == "journal" and not commits
    link = await held_by(server, sandbox, stale)
    link.check_honest()
    assert (link.status, link.reason) == (("INVALID", "ACCESS_REVOKED") if is_lost else ("LINKED", None)), (
        said
    )
    assert await is_accepted(server, sandbox, session, stale) is not is_lost
    assert await refreshes(sandbox) == (2 if is_lost else 1)


@pytest.mark.parametrize("fault", ["slow", "delay_after"])
async def test_killed_while_the_platform_is_at_it_the_link_is_honestly_over(
    fault: str, server: Server, sandbox: Sandbox, nursery: Nursery, stale: int
) -> None:
    """Whether TikTok rotates before or after the death, nobody will ever hear the new pair."""

    async def is_asked() -> bool:
        return await refreshes(sandbox) == 1

    async def is_rotated() -> bool:
        return not (await held_by(server, sandbox, stale)).refresh_lives

    await sandbox.fault(kind=fault, seconds=0.5 if fault == "slow" else 3, times=1, **TOKENS)
    killed = await nursery.start(server, stale)
    await until(is_asked if fault == "slow" else is_rotated)
    await killed.kill()
    await until(is_rotated)
    assert (await held_by(server, sandbox, stale)).status == "LINKED"

    await travel(sandbox, server, minutes=2)
    await refresh_due(server.host, "tiktok")

    link = await held_by(server, sandbox, stale)
    link.check_honest()
    assert (link.status, link.reason) == ("INVALID", "ACCESS_REVOKED")
    assert await refreshes(sandbox) == 2


async def test_a_pair_in_the_journal_is_used_without_waiting_for_the_dead_ones_lease(
    server: Server, sandbox: Sandbox, nursery: Nursery, stale: int
) -> None:
    async with held_at(server.host, "journal") as gate:
        killed = await nursery.start(server, stale)
        await waiting(gate, 1)
        await killed.kill()

    await outcome(server.host, stale)

    link = await held_by(server, sandbox, stale)
    assert link.access_lives and link.version == 2
    assert await refreshes(sandbox) == 1


# Three processes


@pytest.mark.parametrize("step", ["lease", "journal", "settling"])
async def test_sixty_uses_in_three_processes_make_one_refresh_and_get_one_living_token(
    step: str, server: Server, sandbox: Sandbox, nursery: Nursery, stale: int
) -> None:
    async with held_at(server.host, step) as gate:
        users = [await nursery.start(server, stale, times=20) for _ in range(3)]
        # Whoever is second waits for the first one's row at the lease, and by looking again later on.
        await waiting(gate, EVERYBODY if step == "lease" else 1)

    names = [name for user in users for name in await user.outcomes()]

    assert len(names) == 60 and set(names) == {await outcome(server.host, stale)}
    assert (await held_by(server, sandbox, stale)).access_lives
    assert await refreshes(sandbox) == 1


@pytest.mark.parametrize(
    ("step", "commits", "asked"),
    [
        ("lease", False, 1),
        ("lease", True, 1),
        ("payment", True, 1),
        ("journal", True, 1),
        ("journal", False, 2),
    ],
)
async def test_when_the_first_of_three_is_killed_the_others_go_on_together(
    step: str, commits: bool, asked: int, server: Server, sandbox: Sandbox, nursery: Nursery, stale: int
) -> None:
    async with held_at(server.host, step) as gate:
        first = await nursery.start(server, stale, times=20)
        await waiting(gate, 1)
        others = [await nursery.start(server, stale, times=20) for _ in range(2)]
        await first.kill()
        if not commits:
            await roll_back(gate)
    await travel(sandbox, server, minutes=2)

    names = [name for user in others for name in await user.outcomes()]

    link = await held_by(server, sandbox, stale)
    link.check_honest()
    assert await refreshes(sandbox) == asked
    if asked == 1:
        assert len(names) == 40 and set(names) == {await outcome(server.host, stale)}
        assert link.access_lives
    else:
        assert set(names) <= {"ReauthorizationRequired", "NoLink"}
        assert link.status == "INVALID"
