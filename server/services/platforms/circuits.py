"""
A platform in trouble is left alone for a while: one circuit a login, shared by all processes.

After `LIMIT` failures in a row the circuit opens; when its time is over, one request goes through, and what
becomes of it decides. Only a platform that cannot be reached counts, never what it says: an open circuit
disconnects nobody, and other logins have circuits of their own.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import structlog
from linkroll_sdk import PlatformUnavailable

from server.database import Database, Record
from server.host import Host

LIMIT = 5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
TRIAL = timedelta(seconds=30)
"""How long the one that was let through may take before another one is."""
LOOK_SECONDS = 5.0
"""How old a process's picture of a circuit may be: others' failures are seen that late."""

log = structlog.get_logger("linkroll.circuits")


class CircuitOpen(PlatformUnavailable):
    """The platform was out of reach just now: nothing was sent."""


@dataclass(slots=True)
class Circuit:
    """What this process knows of a login's circuit."""

    failures: int = 0
    open_until: datetime | None = None
    looked_at: float | None = None

    def take(self, row: Record | None) -> None:
        """Take over what the table says."""
        self.failures = row["failures"] if row else 0
        self.open_until = row["open_until"] if row else None
        self.looked_at = time.monotonic()


_circuits: WeakKeyDictionary[Database, dict[str, Circuit]] = WeakKeyDictionary()


async def admit(host: Host, login: str, operation: str) -> bool:
    """
    Let a request through, or raise `CircuitOpen`. True: it is the trial of a circuit that is half open, and
    what becomes of it must be told by `succeeded` or `failed`.
    """
    circuit = await _look(host, login)
    if circuit.open_until is None:
        return False
    if circuit.open_until <= host.now() and await _win_trial(host, login, circuit):
        return True
    raise CircuitOpen("out of reach just now", operation=operation)


async def is_open(host: Host, login: str) -> bool:
    """Whether nobody may ask now."""
    circuit = await _look(host, login)
    return circuit.open_until is not None and circuit.open_until > host.now()


async def succeeded(host: Host, login: str) -> None:
    """An answer came: the row of failures is broken."""
    circuit = await _look(host, login)
    if not circuit.failures:
        return
    await host.database.fetch("DELETE FROM circuit WHERE login = $1", login)
    circuit.take(None)
    log.info("platform within reach again", login=login)


FAILED = f"""
INSERT INTO circuit AS c (login, failures, failed_at, error) VALUES ($1, 1, $2, $3)
ON CONFLICT (login) DO UPDATE SET failures = c.failures + 1, failed_at = $2, error = $3,
  open_until = CASE WHEN c.failures + 1 >= {LIMIT}
    THEN $2::timestamptz + ($5::interval[])[LEAST(c.failures + 2 - {LIMIT}, cardinality($5::interval[]))] END
WHERE $4 OR c.open_until IS NULL OR c.open_until <= $2
RETURNING failures, open_until
"""


async def failed(host: Host, login: str, error: PlatformUnavailable, *, trial: bool = False) -> None:
    """
    No answer came. Counting and opening are one statement: failures of requests that were under way when the
    circuit opened do not count, else its pause would double with each of them.
    """
    row = await host.database.fetchrow(
        FAILED, login, host.now(), str(error)[:200], trial, [pause_after(n) for n in range(LIMIT, LIMIT + 10)]
    )
    if row is None:
        return
    _of(host, login).take(row)
    if row["open_until"] is not None:
        log.warning("platform out of reach, pausing", login=login, until=row["open_until"].isoformat())


def pause_after(failures: int) -> timedelta:
    """How long to leave a platform alone after so many failures in a row."""
    doubled: timedelta = min(FIRST_PAUSE * 2 ** min(failures - LIMIT, 10), LONGEST_PAUSE)
    return doubled * random.uniform(0.8, 1.2)  # noqa: S311  (spreads retries, guards nothing)


def _of(host: Host, login: str) -> Circuit:
    return _circuits.setdefault(host.database, {}).setdefault(login, Circuit())


async def _look(host: Host, login: str) -> Circuit:
    circuit = _of(host, login)
    if circuit.looked_at is None or time.monotonic() - circuit.looked_at > LOOK_SECONDS:
        # Noted first: of many requests at once, one looks.
        circuit.looked_at = time.monotonic()
        circuit.take(
            await host.database.fetchrow("SELECT failures, open_until FROM circuit WHERE login = $1", login)
        )
    return circuit


async def _win_trial(host: Host, login: str, circuit: Circuit) -> bool:
    now = host.now()
    row = await host.database.fetchrow(
        "UPDATE circuit SET open_until = $3 WHERE login = $1 AND open_until <= $2"
        " RETURNING failures, open_until",
        login,
        now,
        now + TRIAL,
    )
    if row is None:
        circuit.looked_at = None
        return False
    circuit.take(row)
    return True
