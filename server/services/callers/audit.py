"""
The audit log: who did what to what, when, and how it ended.

A change's entry is written in the change's own transaction, so neither is there without the other. What was
refused, and sign-ins that failed, are noted too, but not without bound: a caller who is refused in a loop must
not fill the table. No entry holds a secret, a name somebody typed, or anything else of an input but the ids of
our own objects. The table is append-only by a trigger (migration 0006).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from server.database import UNAVAILABLE, WITNESS, Executor, Transaction
from server.host import Host
from server.ids import global_id
from server.services.callers.viewers import Role, Viewer

log = structlog.get_logger("linkroll.audit")

OK = "OK"
"""The outcome of what was done. Every other outcome is the code of a refusal or an error."""
SIGN_IN = "signIn"
SIGN_OUT = "signOut"
REFUSED_A_MINUTE = 60
"""How many refusals of one actor are noted in a minute."""
PRUNED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an API key (`lr_…`), a subject of the identity provider (`jwt_…`), or the command line."""

    id: str
    name: str


OPERATOR = Actor("cli", "command line")


def actor_of(viewer: Viewer) -> Actor:
    """A caller, as the log names them. A creator without the name: it would outlive the creator's removal."""
    name = "" if viewer.role is Role.CREATOR else viewer.name
    return Actor(viewer.key_id if viewer.has_token else f"lr_{viewer.key_id}", name)


class Act:
    """What one caller does in one go: noted by the first of its transactions that is committed."""

    def __init__(
        self, host: Host, actor: Actor, action: str, target_ids: Iterable[str], request_id: str | None
    ) -> None:
        self._host = host
        self._actor = actor
        self._action = action
        # In the order in which they came up, each once.
        self._target_ids = dict.fromkeys(target_ids)
        self._request_id = request_id
        self.is_noted = False
        """Whether one of its transactions was committed."""

    def add_target(self, target_id: str) -> None:
        """Note something that the act makes."""
        self._target_ids[target_id] = None

    async def before_commit(self, transaction: Transaction) -> None:
        """Write the entry, unless an earlier transaction did."""
        if not self.is_noted:
            await record(
                self._host,
                transaction,
                self._actor,
                self._action,
                list(self._target_ids),
                request_id=self._request_id,
            )

    def committed(self) -> None:
        """The entry stands."""
        self.is_noted = True

    async def refused(self, code: str) -> None:
        """Note that the act came to nothing, and why."""
        targets = list(self._target_ids)
        await note_refusal(self._host, self._actor, self._action, targets, code, self._request_id)


@contextlib.contextmanager
def witnessed(act: Act) -> Iterator[Act]:
    """Have every transaction inside note *act*."""
    token = WITNESS.set(act)
    try:
        yield act
    finally:
        WITNESS.reset(token)


def made(type_name: str, key: int | UUID) -> None:
    """Name a new object as a target of the act that is being done, if one is."""
    if isinstance(act := WITNESS.get(), Act):
        act.add_target(global_id(type_name, key))


async def record(
    host: Host,
    executor: Executor,
    actor: Actor,
    action: str,
    target_ids: Sequence[str] = (),
    *,
    outcome: str = OK,
    request_id: str | None = None,
) -> None:
    """Write one entry with *executor*: a change's own transaction."""
    await executor.fetch(
        "INSERT INTO audit_entry (at, actor, actor_name, action, outcome, target_ids, request_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        host.now(),
        actor.id,
        actor.name,
        action,
        outcome,
        list(target_ids),
        request_id,
    )


async def note_refusal(
    host: Host,
    actor: Actor,
    action: str,
    target_ids: Sequence[str],
    code: str,
    request_id: str | None = None,
    **more: str,
) -> None:
    """
    Note and log a refused act; not beyond `REFUSED_A_MINUTE`, and never to the refusal's own hurt.

    *more* is for the log's line alone, which is kept for days: the table's entries are kept for a year.
    """
    with contextlib.suppress(*UNAVAILABLE):
        noted = await host.database.fetch(
            "INSERT INTO audit_entry (at, actor, actor_name, action, outcome, target_ids, request_id)"
            " SELECT $1::timestamptz, $2::text, $3::text, $4::text, $5::text, $6::text[], $7::text"
            " WHERE (SELECT count(*) FROM (SELECT 1 FROM audit_entry e WHERE e.actor = $2 AND e.outcome <> 'OK'"
            f" AND e.at > $1::timestamptz - interval '1 minute' LIMIT {REFUSED_A_MINUTE}) recent)"
            f" < {REFUSED_A_MINUTE} RETURNING id",
            host.now(),
            actor.id,
            actor.name,
            action,
            code,
            list(target_ids),
            request_id,
        )
        if noted:
            log.warning("refused", actor=actor.id, action=action, outcome=code, request_id=request_id, **more)


async def prune_audit(host: Host) -> int:
    """Forget entries over `audit_retention_days`; how many there were. The one deletion that the table allows."""
    oldest, pruned = host.now() - timedelta(days=host.settings.audit_retention_days), 0
    while True:
        async with host.database.transaction() as transaction:
            await transaction.execute(
                "SELECT set_config('linkroll.audit_horizon', $1, true)", oldest.isoformat()
            )
            gone = await transaction.fetch(
                "DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_entry WHERE at < $1"
                f" ORDER BY at, id LIMIT {PRUNED_AT_ONCE}) RETURNING id",
                oldest,
            )
        pruned += len(gone)
        if len(gone) < PRUNED_AT_ONCE:
            return pruned
