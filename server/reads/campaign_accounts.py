"""The accounts whose numbers a campaign needs, and which of them wait for a person."""

from __future__ import annotations

from typing import Any

from linkroll_sdk import Level

from server.host import Host
from server.reads import registry
from server.reads.campaign_posts import PROFILES, SURVIVOR
from server.reads.metrics import link_columns, link_of
from server.reads.pages import Listing, Order
from server.reads.reader import Reader
from server.reads.selection import Selected
from server.reads.sql import Sql
from server.reads.tables import Column, Relation, Table, owned_by, put, to_one
from server.schema.types.campaigns import CampaignReconnect
from server.services.links.status import next_action_sql, reason_sql, status_sql
from server.services.metrics.metric_answers import catalogue_of

ACCOUNTS = (
    f"SELECT cp.campaign_id, a.id AS account_id FROM {PROFILES} JOIN social_account a ON a.profile_id = {SURVIVOR}"
    " UNION SELECT u.campaign_id, x.account_id FROM campaign_url u"
    " JOIN post x ON x.platform = u.platform AND x.url_key = u.url_key"
    " UNION SELECT u.campaign_id, a.id FROM campaign_url u JOIN social_account a ON a.platform = u.platform"
    " AND a.platform_id = u.owner_platform_id"
    " UNION SELECT u.campaign_id, a.id FROM campaign_url u JOIN social_account a ON a.platform = u.platform"
    " AND a.handle_key = u.owner_handle_key"
)
"""Accounts of profiles that take part, and of posts that are named by address, found or not; each once."""


def needed_scopes(host: Host) -> list[tuple[str, str, str]]:
    """What the numbers of posts need: platform, login, permission."""
    return sorted(
        {
            (platform, login, scope)
            for platform in host.platforms.by_key
            for metric in catalogue_of(host, platform)
            if metric.level in (Level.POST, Level.STORY)
            for login, scopes in metric.scopes.items()
            for scope in scopes
        }
    )


def waits(reader: Reader, sql: Sql, account: str) -> str:
    """Whether a person must act before the numbers of the account in the row *account* move again."""
    needed = needed_scopes(reader.host)
    columns = ", ".join(sql.value([one[place] for one in needed], "text[]") for place in range(3))
    return (
        f"({status_sql(account, sql.now, sql.warning)} NOT IN ('LINKED', 'EXPIRING') OR EXISTS (SELECT 1"
        f" FROM oauth_grant g JOIN unnest({columns}) n(platform, login, scope)"
        f" ON n.platform = {account}.platform AND n.login = g.login"
        f" WHERE g.id = {account}.grant_id AND NOT g.scopes ? n.scope))"
    )


async def _load_missing(reader: Reader, parents: list[Any], selected: Selected) -> None:
    needed = needed_scopes(reader.host)
    for parent in parents:
        link = link_of(parent.__dict__)
        lacking = [
            scope
            for platform, login, scope in needed
            if (platform, login) == (link.platform, link.login) and scope not in link.scopes
        ]
        put(parent, selected.key, lacking if link.is_alive else [])


TABLE = registry.add(
    Table(
        type_name="CampaignReconnect",
        kind=CampaignReconnect,
        source="social_account t",
        columns={
            "status": Column(lambda sql: status_sql("t", sql.now, sql.warning)),
            "status_reason": Column(lambda sql: reason_sql("t", sql.now)),
            # One that is linked stands here for a permission that is missing: only consent brings it.
            "next_action": Column(
                lambda sql: f"COALESCE({next_action_sql('t', sql.now, sql.warning)}, 'RECONNECT')"
            ),
        },
        relations={
            "missing_scopes": Relation(_load_missing, link_columns("t")),
            "account": to_one(lambda: registry.table("SocialAccount"), "t.id", is_certain=True),
        },
        visible=owned_by("t.profile_id"),
    )
)

MUST_RECONNECT = Listing(
    "Campaign.mustReconnect",
    lambda: TABLE,
    lambda args: Order("oldest", "t.id", "bigint"),
    lambda reader, sql, args: [waits(reader, sql, "t")],
    parent="k.campaign_id",
    join=f"JOIN ({ACCOUNTS}) k ON k.account_id = t.id",
)
