"""How social accounts are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from server.reads import metrics, posts, registry
from server.reads.filters import account_conditions
from server.reads.pages import Listing, Order
from server.reads.reader import Reader
from server.reads.sql import Sql
from server.reads.tables import Column, Table, owned_by, to_one
from server.schema.types.social_accounts import SocialAccount, SocialAccountOrder, StatusEvidence
from server.services.links.status import next_action_sql, reason_sql, status_sql

ORDERS = {
    SocialAccountOrder.NEWEST: Order("newest", "t.id", "bigint", descending=True),
    SocialAccountOrder.OLDEST: Order("oldest", "t.id", "bigint"),
    SocialAccountOrder.HANDLE: Order("handle", "COALESCE(lower(t.handle), '')", "text"),
    SocialAccountOrder.EXPIRES_SOONEST: Order(
        "expires", "COALESCE(t.expires_at, '9999-12-31 23:59:59Z'::timestamptz)", "timestamptz"
    ),
    SocialAccountOrder.MOST_FOLLOWERS: Order(
        "followers", "COALESCE(t.followers, -1)", "bigint", descending=True
    ),
}


def evidence(value: str | None) -> StatusEvidence | None:
    """What the platform said, from its JSON; None where it was not the platform."""
    facts = orjson.loads(value) if value else {}
    if "at" not in facts:
        return None
    return StatusEvidence(
        operation=facts["operation"],
        platform_code=facts.get("platform_code"),
        at=datetime.fromisoformat(facts["at"]),  # type: ignore[arg-type]
    )


TABLE = registry.add(
    Table(
        type_name="SocialAccount",
        kind=SocialAccount,
        source="social_account t",
        columns={
            "platform": Column("t.platform"),
            "platform_id": Column("t.platform_id"),
            "handle": Column("t.handle"),
            "url": Column("t.url"),
            "display_name": Column("t.display_name"),
            "avatar_url": Column("t.avatar_url"),
            "followers": Column("t.followers"),
            "status": Column(lambda sql: status_sql("t", sql.now, sql.warning)),
            "status_reason": Column(lambda sql: reason_sql("t", sql.now)),
            "status_evidence": Column("t.status_evidence", evidence),
            "next_action": Column(lambda sql: next_action_sql("t", sql.now, sql.warning)),
            "authenticated_at": Column("t.authenticated_at"),
            "expires_at": Column("t.expires_at"),
            "login": Column("(SELECT g.login FROM oauth_grant g WHERE g.id = t.grant_id)"),
            "granted_scopes": Column(
                "(SELECT g.scopes FROM oauth_grant g WHERE g.id = t.grant_id)",
                lambda value: orjson.loads(value) if value else [],
            ),
            "created_at": Column("t.created_at"),
            "updated_at": Column("t.updated_at"),
        },
        relations={
            "profile": to_one(lambda: registry.table("Profile"), "t.profile_id", is_certain=True),
            "paired_with": to_one(lambda: registry.table("SocialAccount"), "t.paired_with_id"),
            "metrics": metrics.series(metrics.account_subject, metrics.link_columns("t")),
            "latest_metrics": metrics.latest(metrics.account_subject, metrics.link_columns("t")),
            "posts": posts.POSTS.relation(),
            "stories": posts.STORIES.relation(),
            "story_gaps": posts.GAPS.relation(),
        },
        visible=owned_by("t.profile_id"),
    )
)


def _order(args: Mapping[str, Any]) -> Order:
    return ORDERS[args.get("order_by") or SocialAccountOrder.OLDEST]


def _where(reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
    return account_conditions(reader, sql, "t", args.get("filter"))


ALL = Listing("socialAccounts", lambda: TABLE, _order, _where)
OF_PROFILE = Listing("Profile.socialAccounts", lambda: TABLE, _order, _where, parent="t.profile_id")
