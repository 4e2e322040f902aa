"""How the audit log is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.reads import registry
from server.reads.pages import Listing, Order
from server.reads.reader import Reader
from server.reads.sql import Sql
from server.reads.tables import Column, Table
from server.schema.types.audit_log import AuditEntry, AuditLogFilter
from server.services.callers.viewers import Role


def _for_admins(reader: Reader, sql: Sql) -> str:
    return "true" if reader.viewer.role is Role.ADMIN else "false"


TABLE = registry.add(
    Table(
        type_name="AuditEntry",
        kind=AuditEntry,
        source="audit_entry t",
        columns={
            "at": Column("t.at"),
            "actor": Column("t.actor"),
            "actor_name": Column("t.actor_name"),
            "action": Column("t.action"),
            "outcome": Column("t.outcome"),
            "target_ids": Column("t.target_ids"),
            "request_id": Column("t.request_id"),
        },
        relations={},
        visible=_for_admins,
    )
)


def _where(reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
    wanted: AuditLogFilter | None = args.get("filter")
    if wanted is None:
        return []
    found = [
        f"t.{column} = {sql.value(text.replace(chr(0), ''), 'text')}"
        for column in ("actor", "action", "outcome")
        if (text := getattr(wanted, column)) is not None
    ]
    if wanted.target_id is not None:
        found.append(f"t.target_ids @> {sql.value([wanted.target_id.replace(chr(0), '')], 'text[]')}")
    if wanted.since is not None:
        found.append(f"t.at >= {sql.value(wanted.since, 'timestamptz')}")
    if wanted.until is not None:
        found.append(f"t.at < {sql.value(wanted.until, 'timestamptz')}")
    return found


ALL = Listing(
    "auditLog", lambda: TABLE, lambda args: Order("newest", "t.at", "timestamptz", descending=True), _where
)
