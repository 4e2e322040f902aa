"""How connect attempts, their candidates and outcomes are read."""

from __future__ import annotations

from typing import Any

import orjson

from server.reads import registry
from server.reads.reader import Reader
from server.reads.refusals import show
from server.reads.selection import Selected, Selection
from server.reads.sql import Sql
from server.reads.tables import Column, Relation, Table, build, owned_by, put, to_one
from server.schema.types.connect_attempts import AccountsLinked, ConnectAttempt, ConnectCandidate
from server.services.attempts import LINKED, state_sql
from server.services.refusals import AttemptExpired, from_record

CANDIDATE = registry.add(
    Table(
        type_name="ConnectCandidate",
        kind=ConnectCandidate,
        source="connect_candidate t",
        columns={
            "platform": Column("t.platform"),
            "platform_id": Column("t.platform_id"),
            "handle": Column("t.handle"),
            "display_name": Column("t.display_name"),
            "avatar_url": Column("t.avatar_url"),
            "followers": Column("t.followers"),
            "usable": Column("t.unusable IS NULL AND t.platform_id IS NOT NULL"),
            "problem": Column("t.unusable"),
            "hint": Column("t.hint"),
            "missing_scopes": Column("t.missing_scopes", orjson.loads),
            "pair": Column("t.pair"),
        },
        relations={"social_account": to_one(lambda: registry.table("SocialAccount"), "t.account_id")},
        visible=lambda reader, sql: (
            "true"
            if reader.viewer.sees_roster
            else "EXISTS (SELECT 1 FROM connect_attempt a WHERE a.id = t.attempt_id AND a.profile_id ="
            f" {sql.value(reader.viewer.profile_id, 'bigint')})"
        ),
        key_type="uuid",
    )
)


async def _load_candidates(reader: Reader, parents: list[Any], selected: Selected) -> None:
    fields, sql = selected.of.on("ConnectCandidate"), reader.sql()
    ids = sql.value([p.__dict__["_id"] for p in parents], "uuid[]")
    records = await reader.fetch(
        f"SELECT {CANDIDATE.select(sql, fields)}, t.attempt_id AS _attempt FROM {CANDIDATE.source}"
        f" WHERE t.attempt_id = ANY({ids}) ORDER BY t.position",
        sql,
    )
    objects = await CANDIDATE.dress(reader, records, fields)
    for parent in parents:
        own = parent.__dict__["_id"]
        put(parent, selected.key, [o for o in objects if o.__dict__["_attempt"] == own])


async def _load_outcome(reader: Reader, parents: list[Any], selected: Selected) -> None:
    for parent in parents:
        put(parent, selected.key, await _outcome(reader, parent.__dict__, selected.of))


async def _outcome(reader: Reader, row: dict[str, Any], selection: Selection) -> Any:
    code = row["_outcome_code"]
    if code == LINKED:
        children = {
            s.key: await linked_accounts(reader, row["_id"], s.of)
            for s in selection.named("AccountsLinked", "social_accounts")
        }
        return build(AccountsLinked, {}, children)
    if code is not None:
        facts = orjson.loads(row["_outcome_facts"] or "{}")
        return await show(reader, from_record(code, facts), selection)
    # Ran out of time, and nobody has written that down yet.
    return await show(reader, AttemptExpired(), selection) if row["_state"] == "EXPIRED" else None


async def linked_accounts(reader: Reader, attempt_id: Any, selection: Selection) -> list[Any]:
    """The accounts that an attempt linked and that are still there, in the order of its candidates."""
    rows = await reader.host.database.fetch(
        "SELECT account_id FROM connect_candidate WHERE attempt_id = $1 AND account_id IS NOT NULL"
        " ORDER BY position",
        attempt_id,
    )
    ids = [row["account_id"] for row in rows]
    found = await registry.table("SocialAccount").by_ids(reader, ids, selection)
    return [found[i] for i in ids if i in found]


def _state(sql: Sql) -> str:
    return state_sql("t", sql.now)


TABLE = registry.add(
    Table(
        type_name="ConnectAttempt",
        kind=ConnectAttempt,
        source="connect_attempt t",
        columns={
            "state": Column(_state),
            "login": Column("t.login"),
            "platform": Column("t.platform"),
            "created_at": Column("t.created_at"),
            "expires_at": Column("t.expires_at"),
            "finished_at": Column("t.finished_at"),
        },
        relations={
            "profile": to_one(lambda: registry.table("Profile"), "t.profile_id"),
            "expected_account": to_one(lambda: registry.table("SocialAccount"), "t.account_id"),
            "candidates": Relation(_load_candidates),
            "outcome": Relation(
                _load_outcome,
                {"_outcome_code": "t.outcome_code", "_outcome_facts": "t.outcome_facts"},
            ),
        },
        visible=owned_by("t.profile_id"),
        key_type="uuid",
        always={"_state": _state},
    )
)
