"""
Rotation of the vault's master keys, while everything serves.

Only the wrapping of a value's data key changes, so nothing is decrypted, and a value is found again under its
new key by whoever read its row a moment before. Rows that somebody holds are passed over and met in the next
round. A key's canary goes once nothing is sealed under the key: from then on a start does without it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.database import Transaction
from server.host import Host
from server.services.callers.audit import OPERATOR, record
from server.vault import Vault, VaultError, key_name

BATCH = 500
ROUNDS = 20
PAUSE_SECONDS = 0.1
"""How long to let those go on who held a row."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that holds sealed values, and what names its rows."""

    table: str
    column: str
    key: str
    key_type: str


SEALED = (
    Sealed("oauth_grant", "sealed_tokens", "id", "uuid"),
    Sealed("refresh_journal", "sealed_tokens", "(grant_id, from_version)::text", "text"),
    Sealed("social_account", "sealed_access_token", "id", "bigint"),
    Sealed("connect_candidate", "sealed_access_token", "id", "uuid"),
    Sealed("connect_attempt", "sealed_code_verifier", "id", "uuid"),
)
"""Everything that is sealed. A test compares it with the tables."""


@dataclass
class Rotation:
    """What a rotation came to: values wrapped anew, keys that are needed no longer, and what remains by key."""

    rewrapped: int = 0
    forgotten: list[str] = field(default_factory=list)
    remaining: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One master key: whether it is configured here, known to the database, and how much is sealed under it."""

    name: str
    seals: bool
    configured: bool
    known: bool
    values: int


async def key_uses(host: Host) -> list[KeyUse]:
    """Every key that is configured, known, or still needed; the sealing one first."""
    known = {row["name"] for row in await host.database.fetch("SELECT name FROM vault_key")}
    counts = await _counts(host)
    names = dict.fromkeys([*host.vault.names, *sorted(known), *sorted(counts)])
    return [
        KeyUse(n, n == host.vault.current, n in host.vault.names, n in known, counts.get(n, 0)) for n in names
    ]


async def rotate(host: Host) -> Rotation:
    """Have every value sealed under the first key, and forget the keys under which nothing is left."""
    done = Rotation()
    for number in range(ROUNDS):
        if number:
            await asyncio.sleep(PAUSE_SECONDS)
        moved = sum([await _rewrap_all(host, sealed) for sealed in SEALED])
        done.rewrapped += moved
        done.remaining = {n: c for n, c in (await _counts(host)).items() if n != host.vault.current}
        if not done.remaining or (number and not moved):
            break
    async with host.database.transaction() as transaction:
        done.forgotten = await _forget(transaction, host.vault.current, list(done.remaining))
        await record(host, transaction, OPERATOR, "vault.rotate")
    return done


async def _forget(transaction: Transaction, current: str, needed: Sequence[str]) -> list[str]:
    rows = await transaction.fetch(
        "DELETE FROM vault_key WHERE name <> $1 AND NOT name = ANY($2::text[]) RETURNING name",
        current,
        list(needed),
    )
    return sorted(row["name"] for row in rows)


async def _counts(host: Host) -> dict[str, int]:
    """How many values are sealed under each key."""
    found: Counter[str] = Counter()
    for sealed in SEALED:
        rows = await host.database.fetch(
            # The name stands in front of the sealed value, as `server.vault` writes it.
            f"SELECT substring({sealed.column} FROM 3 FOR get_byte({sealed.column}, 1)) AS name, count(*) AS n"
            f" FROM {sealed.table} WHERE length({sealed.column}) > 2 GROUP BY 1"
        )
        for row in rows:
            found[row["name"].decode(errors="replace")] += row["n"]
    return dict(found)


async def _rewrap_all(host: Host, sealed: Sealed) -> int:
    """Wrap anew what stands in one column, in batches; how many values that were."""
    moved, after = 0, None
    while True:
        async with host.database.transaction() as transaction:
            rows = await _batch(transaction, sealed, after)
            if not rows:
                return moved
            moved += await _rewrap(transaction, host.vault, sealed, rows)
            after = rows[-1]["key"]


async def _batch(transaction: Transaction, sealed: Sealed, after: object) -> list[dict[str, object]]:
    """The next rows in the order of their key, locked where nobody holds them."""
    rows = await transaction.fetch(
        f"SELECT {sealed.key} AS key, {sealed.column} AS sealed FROM {sealed.table}"
        f" WHERE {sealed.column} IS NOT NULL AND ($1::{sealed.key_type} IS NULL OR {sealed.key} > $1)"
        f" ORDER BY {sealed.key} LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED",
        after,
    )
    return [dict(row) for row in rows]


async def _rewrap(
    transaction: Transaction, vault: Vault, sealed: Sealed, rows: Sequence[dict[str, object]]
) -> int:
    keys, values = [], []
    for row in rows:
        value = row["sealed"]
        assert isinstance(value, bytes)
        try:
            if key_name(value) == vault.current:
                continue
            values.append(vault.rewrap(value))
        except VaultError:
            # Of a key that is not there, or spoilt: counted in what remains.
            continue
        keys.append(row["key"])
    if keys:
        await transaction.execute(
            f"UPDATE {sealed.table} SET {sealed.column} = new.sealed"
            f" FROM unnest($1::{sealed.key_type}[], $2::bytea[]) AS new(key, sealed)"
            f" WHERE {_qualified(sealed)} = new.key",
            keys,
            values,
        )
    return len(keys)


def _qualified(sealed: Sealed) -> str:
    if sealed.key == "id":
        return f"{sealed.table}.id"
    return f"({sealed.table}.grant_id, {sealed.table}.from_version)::text"
