"""Background rounds fire once however many workers run, come back after a kill, and end in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from server.database import Record
from server.host import Host
from server.worker.jobs_report import jobs_report, report_lines
from server.worker.queue import SCHEMA, add_chore, come_back, open_queue
from server.worker.schedule import Chore
from support.links import LinkOne
from support.sandbox import Sandbox
from support.server import Server
from support.workers import StartWorker


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    """Come back when *condition* holds; fails when that does not happen."""
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.05)


async def note_rounds(server: Server) -> None:
    """Keep a note of each round of the sweep that is put in line: done ones leave no trace."""
    await server.host.database.fetch("CREATE TABLE noted (meant_for bigint)")
    await server.host.database.fetch(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO public.noted VALUES ((NEW.args->>'timestamp')::bigint); RETURN NEW; END $$"
    )
    await server.host.database.fetch(
        f"CREATE TRIGGER note AFTER INSERT ON {SCHEMA}.procrastinate_jobs FOR EACH ROW"
        " WHEN (NEW.task_name = 'sweep') EXECUTE FUNCTION note()"
    )


async def rounds(server: Server) -> list[Record]:
    """The rounds of the sweep, by the moment they were meant for."""
    return await server.host.database.fetch(
        "SELECT meant_for, count(*) AS times FROM noted GROUP BY meant_for"
    )


async def test_a_round_fires_once_however_many_workers_run(server: Server, new_worker: StartWorker) -> None:
    await note_rounds(server)
    for _ in range(3):
        new_worker()

    async def two_rounds() -> bool:
        return len(await rounds(server)) >= 2

    async def three_workers() -> bool:
        return (await jobs_report(server.host))["workers"] == 3  # type: ignore[no-any-return]

    await until(three_workers)
    await until(two_rounds)

    assert {row["times"] for row in await rounds(server)} == {1}


async def test_a_killed_workers_round_comes_back_and_another_worker_does_it(
    server: Server, sandbox: Sandbox, new_worker: StartWorker, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await _probe_now(server, account)
    await sandbox.fault(kind="slow", seconds=30, host="open.tiktokapis.com")
    first = new_worker()
    await until(lambda: _running(server, "probe:tiktok"))
    await until(lambda: _asked(sandbox))
    first.stop(signal.SIGKILL)
    await sandbox.control("DELETE", "faults")

    # What half a minute without a sign of life does.
    await server.host.database.fetch(
        f"UPDATE {SCHEMA}.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
    )
    await _probe_now(server, account)
    queue = open_queue(str(server.host.settings.database_url))
    async with queue.open_async():
        await come_back(queue)
    new_worker()

    async def is_checked() -> bool:
        row = await server.host.database.fetchrow(
            "SELECT checked_at FROM social_account WHERE id = $1", account
        )
        return row is not None and row["checked_at"] is not None

    await until(is_checked)


async def test_a_worker_that_is_asked_to_end_finishes_what_it_does(
    server: Server, sandbox: Sandbox, new_worker: StartWorker, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await _probe_now(server, account)
    await sandbox.fault(kind="slow", seconds=1, host="open.tiktokapis.com")
    worker = new_worker()
    await until(lambda: _asked(sandbox))

    assert worker.stop(signal.SIGTERM) == 0

    row = await server.host.database.fetchrow("SELECT checked_at FROM social_account WHERE id = $1", account)
    assert row is not None and row["checked_at"] is not None
    assert (await jobs_report(server.host))["workers"] == 0


async def test_a_chore_with_a_lot_to_do_takes_no_place_from_the_others(server: Server) -> None:
    """A round goes on for longer than it takes until the next one is due: that one must not run beside it."""
    begun: list[str] = []
    over = asyncio.Event()

    async def work_for_long(_: Host) -> None:
        begun.append("round")
        await over.wait()

    async def has_begun() -> bool:
        return bool(begun)

    async def is_through() -> bool:
        rows = await server.host.database.fetch(f"SELECT 1 FROM {SCHEMA}.procrastinate_jobs")
        return len(rows) == 1

    queue = open_queue(str(server.host.settings.database_url))
    task = add_chore(queue, Chore("long", "0 0 1 1 * 0", work_for_long))
    async with queue.open_async():
        working = asyncio.create_task(
            queue.run_worker_async(
                concurrency=5,
                install_signal_handlers=False,
                delete_jobs="successful",
                additional_context={"host": server.host},
            )
        )
        await task.defer_async(timestamp=0)
        await until(has_begun)
        await task.defer_async(timestamp=1)
        await until(is_through)
        over.set()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    assert begun == ["round"]


async def test_the_report_says_what_is_due_and_that_nobody_works(server: Server, link_one: LinkOne) -> None:
    account = await link_one("tiktok")
    await _probe_now(server, account)

    lines = report_lines(await jobs_report(server.host))

    assert lines[0].startswith("0 workers alive: nothing is being done.")
    assert any(line.split()[:3] == ["probe", "tiktok", "1"] for line in lines)


async def _probe_now(server: Server, account: int) -> None:
    await server.host.database.fetch(
        "UPDATE social_account SET probe_at = $2 WHERE id = $1", account, server.host.now()
    )


async def _running(server: Server, chore: str) -> bool:
    report = await jobs_report(server.host)
    return any(row["chore"] == chore and row["running"] for row in report["rounds"])


async def _asked(sandbox: Sandbox) -> bool:
    """Whether a probe has reached TikTok since the fault was set."""
    return bool([r for r in await sandbox.requests(path="/v2/user/info/") if r["fault"]])
