"""How campaigns are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.reads import campaign_accounts, campaign_urls, registry
from server.reads.campaign_posts import POSTS, PROFILES, SURVIVOR, campaigns_of, joined
from server.reads.campaign_totals import TOTALS
from server.reads.pages import Listing, Order
from server.reads.profiles import BY_NAME
from server.reads.reader import Reader
from server.reads.selection import Selected
from server.reads.sql import Sql
from server.reads.tables import Column, Relation, Table, owned_by, put
from server.schema.types.campaigns import Campaign

PARTICIPANTS = Listing(
    "Campaign.profiles",
    lambda: registry.table("Profile"),
    lambda args: BY_NAME,
    parent="k.campaign_id",
    # Two profiles that are one by now take part once.
    join=f"JOIN (SELECT DISTINCT cp.campaign_id, {SURVIVOR} AS profile_id FROM {PROFILES}) k ON k.profile_id = t.id",
)


def _visible(reader: Reader, sql: Sql) -> str:
    """A creator sees the campaigns that their profile takes part in."""
    if reader.viewer.sees_roster:
        return "true"
    return _has_profile(sql.value(reader.viewer.profile_id, "bigint"))


def _has_profile(profile: str) -> str:
    return f"EXISTS (SELECT 1 FROM {PROFILES} WHERE cp.campaign_id = t.id AND {SURVIVOR} = {profile})"


async def _load_is_whole(reader: Reader, parents: list[Any], selected: Selected) -> None:
    sql, ids = reader.sql(), list({parent.__dict__["_id"]: None for parent in parents})
    gaps = (part(reader, sql) for part in (_missing_url, _waiting_account, _unread_post))
    rows = await reader.fetch(
        f"SELECT c.id, NOT ({' OR '.join(f'EXISTS ({gap})' for gap in gaps)}) AS is_whole"
        f" FROM {campaigns_of(sql, ids)}",
        sql,
    )
    found = {row["id"]: row["is_whole"] for row in rows}
    for parent in parents:
        put(parent, selected.key, found.get(parent.__dict__["_id"], False))


# What can be missing from the numbers of the campaign in the row `c`.


def _missing_url(reader: Reader, sql: Sql) -> str:
    visible = campaign_urls.visible("u")(reader, sql)
    return f"SELECT 1 FROM campaign_url u WHERE u.campaign_id = c.id AND {campaign_urls.missing('u')} AND {visible}"


def _waiting_account(reader: Reader, sql: Sql) -> str:
    visible, waits = owned_by("a.profile_id")(reader, sql), campaign_accounts.waits(reader, sql, "a")
    return (
        f"SELECT 1 FROM ({campaign_accounts.ACCOUNTS}) k JOIN social_account a ON a.id = k.account_id"
        f" WHERE k.campaign_id = c.id AND {visible} AND {waits}"
    )


def _unread_post(reader: Reader, sql: Sql) -> str:
    return (
        f"SELECT 1 FROM ({joined(reader, sql)}) j JOIN post t ON t.id = j.id WHERE NOT EXISTS"
        " (SELECT 1 FROM metric_latest l WHERE l.account_id = t.account_id AND l.post_id = t.id)"
    )


TABLE = registry.add(
    Table(
        type_name="Campaign",
        kind=Campaign,
        source="campaign t",
        columns={
            "name": Column("t.name"),
            "starts_at": Column("t.starts_at"),
            "ends_at": Column("t.ends_at"),
            "hashtags": Column("t.hashtags"),
            "mentions": Column("t.mentions"),
            "created_at": Column("t.created_at"),
            "updated_at": Column("t.updated_at"),
        },
        relations={
            "profiles": PARTICIPANTS.relation(),
            "posts": POSTS,
            "totals": TOTALS,
            "must_reconnect": campaign_accounts.MUST_RECONNECT.relation(),
            "urls": campaign_urls.URLS.relation(),
            "missing_urls": campaign_urls.MISSING.relation(),
            "is_whole": Relation(_load_is_whole),
        },
        visible=_visible,
    )
)


def _where(reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
    found = []
    if args.get("profile") is not None:
        found.append(_has_profile(sql.value(args["profile"], "bigint")))
    if args.get("active_at") is not None:
        moment = sql.value(args["active_at"], "timestamptz")
        found.append(f"t.starts_at <= {moment} AND t.ends_at > {moment}")
    return found


ALL = Listing(
    "campaigns",
    lambda: TABLE,
    lambda args: Order("latest", "t.starts_at", "timestamptz", descending=True),
    _where,
)
"""Campaigns, the latest to start first. *profile* in the arguments is the row of a profile that is not merged."""
