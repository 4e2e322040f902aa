"""How operator notices are read."""

from __future__ import annotations

from server.reads import registry
from server.reads.pages import Listing, Order
from server.reads.reader import Reader
from server.reads.sql import Sql
from server.reads.tables import Column, Table
from server.schema.types.operator_notices import OperatorNotice
from server.services.callers.viewers import Role


def _for_admins(reader: Reader, sql: Sql) -> str:
    return "true" if reader.viewer.role is Role.ADMIN else "false"


TABLE = registry.add(
    Table(
        type_name="OperatorNotice",
        kind=OperatorNotice,
        source="operator_notice t",
        columns={
            "kind": Column("t.kind"),
            "subject": Column("t.subject"),
            "detail": Column("t.detail"),
            "first_seen_at": Column("t.first_seen_at"),
            "last_seen_at": Column("t.last_seen_at"),
            "times": Column("t.times"),
        },
        relations={},
        visible=_for_admins,
    )
)

ALL = Listing(
    "operatorNotices",
    lambda: TABLE,
    lambda args: Order("newest", "t.last_seen_at", "timestamptz", descending=True),
)
