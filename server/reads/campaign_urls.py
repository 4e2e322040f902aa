"""How the posts that campaigns name by address are read: found or not, and why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server.reads import registry
from server.reads.pages import Listing, Order
from server.reads.reader import Reader
from server.reads.selection import Selected
from server.reads.sql import Sql
from server.reads.tables import Column, Expression, Relation, Table, put
from server.schema.types.campaigns import CampaignUrl, CampaignUrlProblem
from server.services.links.status import status_sql

NEXT_STEPS = {
    CampaignUrlProblem.ACCOUNT_NOT_IN_ROSTER: "Add the account that published it to a profile and connect it, with "
    "`connectSocialAccount`.",
    CampaignUrlProblem.ACCOUNT_NOT_LINKED: "Have the account connected, with `connectSocialAccount`.",
    CampaignUrlProblem.ACCOUNT_UNKNOWN: "Check that the account that published it is in the roster and linked.",
    CampaignUrlProblem.NOT_FOUND_YET: "Wait until its account is read next, or ask for that with `refreshMetrics`.",
}

HAS_OWNER = "(t.owner_platform_id IS NOT NULL OR t.owner_handle_key IS NOT NULL)"
POST = "(SELECT min(x.id) FROM post x WHERE x.platform = t.platform AND x.url_key = t.url_key)"


def owner(column: str) -> str:
    """
    A column of the account `o` that the address in the row `t` names; null where none is known.

    The stable id tells more than the handle: handles change hands.
    """
    return (
        f"(SELECT {column} FROM social_account o WHERE o.platform = t.platform"
        " AND (o.platform_id = t.owner_platform_id OR o.handle_key = t.owner_handle_key)"
        " ORDER BY o.platform_id = t.owner_platform_id DESC NULLS LAST LIMIT 1)"
    )


def missing(row: str) -> str:
    """Whether no post was found at the address in *row*."""
    return (
        f"NOT EXISTS (SELECT 1 FROM post x WHERE x.platform = {row}.platform AND x.url_key = {row}.url_key)"
    )


def visible(row: str) -> Callable[[Reader, Sql], str]:
    """The ownership rule: a creator sees the addresses that are known to be of their own accounts."""

    def condition(reader: Reader, sql: Sql) -> str:
        if reader.viewer.sees_roster:
            return "true"
        own = (
            f"o.profile_id = {sql.value(reader.viewer.profile_id, 'bigint')} AND o.platform = {row}.platform"
        )
        return (
            f"EXISTS (SELECT 1 FROM social_account o WHERE {own} AND (o.platform_id = {row}.owner_platform_id"
            f" OR o.handle_key = {row}.owner_handle_key OR EXISTS (SELECT 1 FROM post x WHERE x.account_id = o.id"
            f" AND x.platform = {row}.platform AND x.url_key = {row}.url_key)))"
        )

    return condition


def _problem(sql: Sql) -> str:
    status = owner(status_sql("o", sql.now, sql.warning))
    return (
        f"CASE WHEN NOT {missing('t')} THEN NULL WHEN NOT {HAS_OWNER} THEN 'ACCOUNT_UNKNOWN'"
        f" WHEN {owner('o.id')} IS NULL THEN 'ACCOUNT_NOT_IN_ROSTER'"
        f" WHEN {status} IN ('LINKED', 'EXPIRING') THEN 'NOT_FOUND_YET' ELSE 'ACCOUNT_NOT_LINKED' END"
    )


def _one(type_name: str, hidden: str, expression: Expression) -> Relation:
    """A relation to the object whose id *expression* gives."""

    async def load(reader: Reader, parents: list[Any], selected: Selected) -> None:
        ids = (parent.__dict__[hidden] for parent in parents)
        found = await registry.table(type_name).by_ids(reader, ids, selected.of)
        for parent in parents:
            put(parent, selected.key, found.get(parent.__dict__[hidden]))

    return Relation(load, {hidden: expression})


TABLE = registry.add(
    Table(
        type_name="CampaignUrl",
        kind=CampaignUrl,
        source="campaign_url t",
        columns={
            "url": Column("t.url"),
            "platform": Column("t.platform"),
            "added_at": Column("t.added_at"),
            "problem": Column(_problem),
            "next_step": Column(_problem, lambda problem: NEXT_STEPS.get(problem)),
        },
        relations={
            "post": _one("Post", "_post_id", POST),
            "account": _one(
                "SocialAccount",
                "_account_id",
                f"COALESCE((SELECT x.account_id FROM post x WHERE x.id = {POST}), {owner('o.id')})",
            ),
        },
        visible=visible("t"),
    )
)


def _order(args: Mapping[str, Any]) -> Order:
    return Order("given", "t.id", "bigint")


URLS = Listing("Campaign.urls", lambda: TABLE, _order, parent="t.campaign_id")
MISSING = Listing(
    "Campaign.missingUrls",
    lambda: TABLE,
    _order,
    lambda reader, sql, args: [missing("t")],
    parent="t.campaign_id",
)
