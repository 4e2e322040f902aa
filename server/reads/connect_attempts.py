"""How connect attempts, their candidates and outcomes are read."""

from __future__ import annotations

from typing import Any

import orjson

from server.reads import registry
from server.reads.reader import Reader
from server.reads.refusals import show_all
from server.reads.selection import Selected, Selection
from server.reads.sql import Sql
from server.reads.tables import Column, Relation, Table, build, owned_by, put, to_one
from server.schema.types.connect_attempts import AccountsLinked, ConnectAttempt, ConnectCandidate
from server.services.connect.attempts import LINKED, state_sql
from server.services.refusals import AttemptExpired, Refusal, from_record

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
            "expected": Column("t.expected"),
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
    linked = [p for p in parents if p.__dict__["_outcome_code"] == LINKED]
    refused = [(p, refusal) for p in parents if (refusal := _refusal(p.__dict__)) is not None]
    for parent in parents:
        put(parent, selected.key, None)
    for parent, outcome in zip(linked, await _linked(reader, linked, selected.of), strict=True):
        put(parent, selected.key, outcome)
    shown = await show_all(reader, [refusal for _, refusal in refused], selected.of)
    for (parent, _), outcome in zip(refused, shown, strict=True):
        put(parent, selected.key, outcome)


def _refusal(row: dict[str, Any]) -> Refusal | None:
    """The refusal that an attempt ended with; None for an open one and for a good end."""
    code = row["_outcome_code"]
    if code not in (None, LINKED):
        return from_record(code, orjson.loads(row["_outcome_facts"] or "{}"))
    # Ran out of time, and nobody has written that down yet.
    return AttemptExpired() if code is None and row["_state"] == "EXPIRED" else None


async def _linked(reader: Reader, attempts: list[Any], selection: Selection) -> list[Any]:
    """The good end of each attempt, with the accounts that are still there, in the order of its candidates."""
    outcomes = [build(AccountsLinked, {}) for _ in attempts]
    asked = selection.named("AccountsLinked", "social_accounts")
    ids = await _linked_ids(reader, [a.__dict__["_id"] for a in attempts]) if asked and attempts else {}
    for selected in asked:
        every = [account for accounts in ids.values() for account in accounts]
        found = await registry.table("SocialAccount").by_ids(reader, every, selected.of)
        for attempt, outcome in zip(attempts, outcomes, strict=True):
            own = ids.get(attempt.__dict__["_id"], [])
            put(outcome, selected.key, [found[account] for account in own if account in found])
    return outcomes


async def _linked_ids(reader: Reader, attempt_ids: list[Any]) -> dict[Any, list[int]]:
    rows = await reader.host.database.fetch(
        "SELECT attempt_id, account_id FROM connect_candidate"
        " WHERE attempt_id = ANY($1::uuid[]) AND account_id IS NOT NULL ORDER BY position",
        attempt_ids,
    )
    found: dict[Any, list[int]] = {}
    for row in rows:
        found.setdefault(row["attempt_id"], []).append(row["account_id"])
    return found


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
