"""Which posts a campaign has, and how they are read: worked out from the rules at every question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.database import Record
from server.reads import registry
from server.reads.pages import Page, invalid_cursor, read_page, write_cursor
from server.reads.reader import Reader
from server.reads.selection import Selected
from server.reads.sql import Sql
from server.reads.tables import Relation, build, owned_by, put
from server.schema.types.campaigns import CampaignJoin, CampaignPostConnection, CampaignPostEdge
from server.schema.types.nodes import PageInfo

LIST = "Campaign.posts"

PROFILES = "campaign_profile cp JOIN profile m ON m.id = cp.profile_id"
"""Who takes part."""
SURVIVOR = "COALESCE(m.merged_into_id, m.id)"
"""The profile that stands for who takes part: what a merged one has become."""


def joined(reader: Reader, sql: Sql) -> str:
    """
    The visible posts of the campaign in the row `c`, as `id` and `by_rule`: a subquery for LATERAL.

    By rule it goes through the campaign's accounts and their days (index `post_published`), by address through
    the addresses (`post_url_key`): so the work grows with the campaign, never with the roster. Accounts
    that publish together each have the post: it counts once, by the address that they share.
    """
    visible = owned_by("a.profile_id")(reader, sql)
    return (
        "SELECT COALESCE(min(x.id) FILTER (WHERE x.by_rule), min(x.id)) AS id, bool_or(x.by_rule) AS by_rule FROM ("
        f"SELECT t.id, t.platform, t.url_key, true AS by_rule FROM {PROFILES}"
        f" JOIN social_account a ON a.profile_id = {SURVIVOR} JOIN post t ON t.account_id = a.id"
        " AND t.published_at >= c.starts_at AND t.published_at < c.ends_at"
        f" WHERE cp.campaign_id = c.id AND {visible} AND (t.hashtags && c.hashtags OR t.mentions && c.mentions"
        " OR (c.hashtags = '{}' AND c.mentions = '{}'))"
        " UNION ALL SELECT t.id, t.platform, t.url_key, false FROM campaign_url u"
        " JOIN post t ON t.platform = u.platform AND t.url_key = u.url_key"
        f" JOIN social_account a ON a.id = t.account_id WHERE u.campaign_id = c.id AND {visible}"
        ") x GROUP BY x.platform, x.url_key, CASE WHEN x.url_key IS NULL THEN x.id END"
    )


def campaigns_of(sql: Sql, ids: Sequence[int]) -> str:
    """The rows `c` of these campaigns, as a FROM item."""
    return f"unnest({sql.value(list(ids), 'bigint[]')}) p(id) JOIN campaign c ON c.id = p.id"


async def _load(reader: Reader, parents: list[Any], selected: Selected) -> None:
    page = read_page(selected.args, LIST)
    ids = list({parent.__dict__["_id"]: None for parent in parents})
    asked = {one.name for one in selected.of.on("CampaignPostConnection")}
    rows: dict[int, list[Record]] = {i: [] for i in ids}
    if asked & {"nodes", "edges", "page_info"}:
        for row in await _fetch(reader, ids, page):
            rows[row["campaign_id"]].append(row)
    counts = await _count(reader, ids) if "total_count" in asked else {}
    cuts = {i: _Cut(page, found) for i, found in rows.items()}
    shown = {i: _connection(cut, counts.get(i, 0)) for i, cut in cuts.items()}
    for wanted in selected.of.on("CampaignPostConnection"):
        if wanted.name in ("nodes", "edges"):
            await _show(reader, cuts, shown, wanted)
    for parent in parents:
        put(parent, selected.key, shown[parent.__dict__["_id"]])


POSTS = Relation(_load)


async def _fetch(reader: Reader, ids: Sequence[int], page: Page) -> list[Record]:
    sql = reader.sql()
    direction = "ASC" if page.backward else "DESC"
    places = _places(sql, page)
    text = (
        f"SELECT c.id AS campaign_id, x.* FROM {campaigns_of(sql, ids)} CROSS JOIN LATERAL ("
        "SELECT t.id, t.published_at, t.published_at::text AS place, j.by_rule,"
        " ARRAY(SELECT h FROM unnest(c.hashtags) h WHERE h = ANY(t.hashtags)) AS hashtags,"
        " ARRAY(SELECT h FROM unnest(c.mentions) h WHERE h = ANY(t.mentions)) AS mentions"
        f" FROM ({joined(reader, sql)}) j JOIN post t ON t.id = j.id WHERE {places}"
        f" ORDER BY t.published_at {direction}, t.id {direction} LIMIT {page.size + 1}"
        f") x ORDER BY x.published_at {direction}, x.id {direction}"
    )
    try:
        return await reader.fetch(text, sql)
    except asyncpg.DataError:
        # A forged cursor: of our form, but its place is no moment.
        if page.after is None and page.before is None:
            raise
        raise invalid_cursor() from None


def _places(sql: Sql, page: Page) -> str:
    """The condition for rows behind `after` and before `before`, the newest first."""
    found = ["true"]
    for place, sign in ((page.after, "<"), (page.before, ">")):
        if place is not None:
            moment, row_id = sql.value(place[0], "text"), sql.value(place[1], "bigint")
            found.append(f"(t.published_at, t.id) {sign} ({moment}::timestamptz, {row_id})")
    return " AND ".join(found)


async def _count(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    sql = reader.sql()
    rows = await reader.fetch(
        f"SELECT c.id, (SELECT count(*) FROM ({joined(reader, sql)}) j) AS total FROM {campaigns_of(sql, ids)}",
        sql,
    )
    return {row["id"]: row["total"] for row in rows}


@dataclass(frozen=True)
class _Cut:
    """One page: the rows found for it, with one too many where there are more."""

    page: Page
    found: list[Record]

    @property
    def rows(self) -> list[Record]:
        """The page's rows, the newest first."""
        return self.found[: self.page.size][:: -1 if self.page.backward else 1]

    @property
    def page_info(self) -> PageInfo:
        """Where the page lies."""
        more, cursors = len(self.found) > self.page.size, [_cursor(row) for row in self.rows]
        return PageInfo(
            has_next_page=self.page.before is not None if self.page.backward else more,
            has_previous_page=more if self.page.backward else self.page.after is not None,
            start_cursor=next(iter(cursors), None),
            end_cursor=next(reversed(cursors), None),
        )


def _cursor(row: Record) -> str:
    return write_cursor(LIST, row["place"], row["id"])


def _connection(cut: _Cut, total: int) -> Any:
    return build(CampaignPostConnection, {"page_info": cut.page_info, "total_count": total})


async def _show(reader: Reader, cuts: Mapping[int, _Cut], shown: Mapping[int, Any], wanted: Selected) -> None:
    """Hang `nodes` or `edges` on the pages, their posts read together."""
    if wanted.name == "nodes":
        posts = await _posts(reader, cuts, wanted)
        for campaign, cut in cuts.items():
            rows = [row["id"] for row in cut.rows if row["id"] in posts]
            put(shown[campaign], wanted.key, [posts[post] for post in rows])
        return
    edges = {campaign: [(row, _edge(row)) for row in cut.rows] for campaign, cut in cuts.items()}
    for node in wanted.of.named("CampaignPostEdge", "node"):
        posts = await _posts(reader, cuts, node)
        for own in edges.values():
            # A post that went between two statements takes its edge with it.
            own[:] = [(row, edge) for row, edge in own if row["id"] in posts]
            for row, edge in own:
                put(edge, node.key, posts[row["id"]])
    for campaign, own in edges.items():
        put(shown[campaign], wanted.key, [edge for _, edge in own])


async def _posts(reader: Reader, cuts: Mapping[int, _Cut], wanted: Selected) -> dict[int, Any]:
    ids = [row["id"] for cut in cuts.values() for row in cut.rows]
    return await registry.table("Post").by_ids(reader, ids, wanted.of)


def _edge(row: Record) -> Any:
    return build(
        CampaignPostEdge,
        {
            "cursor": _cursor(row),
            "joined_by": CampaignJoin.RULE if row["by_rule"] else CampaignJoin.URL,
            "matched_hashtags": row["hashtags"],
            "matched_mentions": row["mentions"],
        },
    )
