"""
The queue: procrastinate over the same PostgreSQL, in a schema of its own.

It brings what a table of due work does not: periodic rounds that fire once however many workers run, the
return of what a killed worker had begun, an orderly end, and a record of what failed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import procrastinate
import structlog
from procrastinate.exceptions import UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from procrastinate.psycopg_connector import PsycopgConnector

from server.database import SECONDS, credentials_of
from server.host import Host
from server.services.links.sweeping import plan_telling
from server.services.links.unbroken import all_done
from server.telemetry.rounds import observed
from server.worker.schedule import Chore, chores

SCHEMA = "linkroll_queue"
STALLED_SECONDS = 30
DRAIN_SECONDS = 10.0
REFRESH_SECONDS = 8.0
"""How long to wait at the end for refreshes that were begun: cut off, they may lose a new pair of tokens."""
FAILED_KEPT_HOURS = 72
RESTART_SECONDS = 5.0
LONGEST_ROUND = 600.0
"""Rounds end by themselves within a minute. One that hangs, in a connection that is dead, say, is cut off."""

log = structlog.get_logger("linkroll.worker")


class _Connector(PsycopgConnector):
    """procrastinate's connector, but what is asked of a connection that died without a word has an end."""

    def __init__(self, url: str, seconds: float) -> None:
        self._seconds = seconds
        limits = {"connect_timeout": max(1, round(seconds))}
        super().__init__(min_size=1, max_size=4, timeout=seconds, kwargs={**limits, **connection_of(url)})

    @contextlib.asynccontextmanager
    async def _get_cursor(self, connection: Any = None) -> AsyncIterator[Any]:
        # Every statement goes through here.
        async with asyncio.timeout(self._seconds), super()._get_cursor(connection) as cursor:
            yield cursor


def open_queue(url: str, seconds: float = SECONDS) -> procrastinate.App:
    """The queue at *url*, which must lead to PostgreSQL itself: the queue listens."""
    return procrastinate.App(connector=_Connector(url, seconds))


def connection_of(url: str) -> dict[str, Any]:
    """psycopg's connection arguments from a URL as asyncpg takes it."""
    given = credentials_of(url)
    names = {"host": "host", "port": "port", "user": "user", "password": "password", "database": "dbname"}
    found = {ours: given[theirs] for theirs, ours in names.items() if given.get(theirs) is not None}
    if "ssl" in given:
        found["sslmode"] = given["ssl"]
    return {**found, "options": f"-c search_path={SCHEMA}", "application_name": "linkroll worker"}


def add_chores(queue: procrastinate.App, host: Host) -> None:
    """Make every chore a periodic task. One that still waits is not put in line a second time."""
    for chore in (*chores(host.platforms), Chore("come_back", "* * * * * */10", lambda _: come_back(queue))):
        add_chore(queue, chore)


def add_chore(queue: procrastinate.App, chore: Chore) -> Any:
    """Make a chore a periodic task; the task."""
    task = queue.task(name=chore.name, pass_context=True, queueing_lock=chore.name)(_task_of(chore))
    return queue.periodic(cron=chore.cron)(task)


def _task_of(chore: Chore) -> Any:
    under_way = asyncio.Lock()

    async def run(context: JobContext, timestamp: int) -> None:
        # One round of a chore at a time in a process. A round that goes on takes up what is due as well as a
        # new one would, and a few chores with a lot to do would leave no place for the others.
        if under_way.locked():
            return
        async with under_way, asyncio.timeout(LONGEST_ROUND):
            with observed(chore.name):
                await chore.run(context.additional_context["host"])

    return run


async def come_back(queue: procrastinate.App) -> None:
    """Put back in line what killed workers had begun, and forget what failed long ago."""
    manager = queue.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("a job comes back", job=job.task_name)
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # The next round of the same chore is in line already, and will do as well.
            await manager.finish_job(job, Status.ABORTED, delete_job=True)
    await manager.delete_old_jobs(nb_hours=FAILED_KEPT_HOURS, include_failed=True, include_aborted=True)


@contextlib.asynccontextmanager
async def working(host: Host, url: str) -> AsyncIterator[None]:
    """Background work while this lasts; at the end, what runs is given a moment."""
    stop = asyncio.Event()
    task = asyncio.create_task(work_until(host, url, stop))
    try:
        yield
    finally:
        stop.set()
        await task
        await all_done(REFRESH_SECONDS)


async def work_until(host: Host, url: str, stop: asyncio.Event) -> None:
    """Work until *stop*, and go on after whatever interrupts it: a database that was away, say."""
    while not stop.is_set():
        try:
            await _work_once(host, url, stop)
        # The edge of a task that must outlive whatever meets it.
        except Exception as error:
            log.warning("worker interrupted, going on", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RESTART_SECONDS):
                    await stop.wait()


async def _work_once(host: Host, url: str, stop: asyncio.Event) -> None:
    queue = open_queue(url, host.settings.database_seconds)
    add_chores(queue, host)
    async with queue.open_async():
        await plan_telling(host)
        running = asyncio.create_task(
            queue.run_worker_async(
                # A place for each chore: none waits for another one's round.
                concurrency=len(queue.tasks),
                install_signal_handlers=False,
                shutdown_graceful_timeout=DRAIN_SECONDS,
                delete_jobs="successful",
                stalled_worker_timeout=STALLED_SECONDS,
                additional_context={"host": host},
            )
        )
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            # It drains: what runs has a moment to end, then it is put back in line.
            running.cancel()
            await asyncio.gather(stopped, return_exceptions=True)
        with contextlib.suppress(asyncio.CancelledError):
            await running
