"""How a campaign's totals are read: one statement, whatever the campaigns and posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linkroll_sdk import Level, Metric, MetricName, PostKind

from server.database import Record
from server.reads.campaign_posts import campaigns_of, joined
from server.reads.metrics import link_columns, link_of
from server.reads.reader import Reader
from server.reads.selection import Selected
from server.reads.tables import Relation, build, put, render
from server.schema.types.campaign_totals import (
    CampaignLeftOut,
    CampaignPlatformSum,
    CampaignSum,
    CampaignSumSource,
    CampaignTotals,
)
from server.services.campaigns.campaign_totals import Group, Part, Reading, Sum, Totals, total_up
from server.services.metrics.metric_answers import Subject, catalogue_for

ROWS = """
WITH joined AS MATERIALIZED (
  SELECT c.id AS campaign_id, t.account_id, t.kind, t.id AS post_id
  FROM {campaigns} CROSS JOIN LATERAL ({joined}) j JOIN post t ON t.id = j.id
), groups AS (
  SELECT campaign_id, account_id, kind, count(*) AS posts FROM joined GROUP BY campaign_id, account_id, kind
), readings AS (
  SELECT j.campaign_id, j.account_id, j.kind, l.metric, l.availability, l.source_id, count(*) AS read_posts,
    sum(l.value) AS value, min(l.read_at) AS oldest, max(l.read_at) AS newest
  FROM joined j JOIN metric_latest l ON l.account_id = j.account_id AND l.post_id = j.post_id
  WHERE l.metric = ANY({names})
  GROUP BY j.campaign_id, j.account_id, j.kind, l.metric, l.availability, l.source_id
)
SELECT g.campaign_id, g.account_id, g.kind, g.posts, {link},
  r.metric, r.availability, r.read_posts, r.value, r.oldest, r.newest,
  s.login, s.platform_metric, s.api_version, s.definition
FROM groups g JOIN social_account a ON a.id = g.account_id
LEFT JOIN readings r ON r.campaign_id = g.campaign_id AND r.account_id = g.account_id AND r.kind = g.kind
LEFT JOIN metric_source s ON s.id = r.source_id
ORDER BY g.campaign_id, g.account_id, g.kind, r.metric, r.source_id
"""
"""The newest numbers of the posts, added up by account, kind and source: hundreds of rows for thousands of posts."""


async def _load(reader: Reader, parents: list[Any], selected: Selected) -> None:
    ids = list({parent.__dict__["_id"]: None for parent in parents})
    asked = selected.args.get("names")
    asked = list(dict.fromkeys(asked)) if asked is not None else None
    groups = _groups(reader, await _rows(reader, ids, asked))
    totals = {i: _shown(total_up(groups.get(i, []), asked)) for i in ids}
    for parent in parents:
        put(parent, selected.key, totals[parent.__dict__["_id"]])


TOTALS = Relation(_load)


async def _rows(reader: Reader, ids: Sequence[int], asked: Sequence[MetricName] | None) -> list[Record]:
    sql = reader.sql()
    names = [name.value for name in (MetricName if asked is None else asked)]
    text = ROWS.format(
        campaigns=campaigns_of(sql, ids),
        joined=joined(reader, sql),
        names=sql.value(names, "text[]"),
        link=", ".join(f"{render(text, sql)} AS {name}" for name, text in link_columns("a").items()),
    )
    return await reader.fetch(text, sql)


def _groups(reader: Reader, rows: Sequence[Record]) -> dict[int, list[Group]]:
    """The groups of each campaign."""
    members: dict[tuple[int, int, str], list[Record]] = {}
    for row in rows:
        members.setdefault((row["campaign_id"], row["account_id"], row["kind"]), []).append(row)
    found: dict[int, list[Group]] = {}
    catalogues: dict[tuple[object, ...], Mapping[MetricName, Metric]] = {}
    for (campaign, _, _), own in members.items():
        subject = _subject(own[0])
        key = (subject.link.platform, subject.link.login, subject.kind)
        if key not in catalogues:
            catalogues[key] = catalogue_for(reader.host, subject)
        readings = [_reading(row) for row in own if row["metric"] is not None]
        group = Group(subject, own[0]["posts"], catalogues[key], readings)
        found.setdefault(campaign, []).append(group)
    return found


def _subject(row: Record) -> Subject:
    kind = PostKind(row["kind"])
    level = Level.STORY if kind is PostKind.STORY else Level.POST
    return Subject(row["account_id"], 0, level, link_of(dict(row)), kind)


def _reading(row: Record) -> Reading:
    return Reading(
        row["metric"],
        row["availability"],
        row["read_posts"],
        row["value"],
        row["oldest"],
        row["newest"],
        row["login"],
        row["platform_metric"],
        row["api_version"],
        row["definition"],
    )


def _shown(totals: Totals) -> Any:
    return build(
        CampaignTotals,
        {
            "posts": totals.posts,
            "sums": [_sum(one) for one in totals.sums],
            "left_out": [
                build(
                    CampaignLeftOut,
                    {**{name: getattr(why, name) for name in why.__slots__}, "posts": posts},
                )
                for why, posts in totals.left_out.items()
            ],
        },
    )


def _sum(one: Sum) -> Any:
    platforms: dict[str, list[Part]] = {}
    sources: dict[tuple[str, ...], list[Part]] = {}
    for part in one.parts:
        platforms.setdefault(part.platform, []).append(part)
        sources.setdefault(_source(part), []).append(part)
    return build(
        CampaignSum,
        {
            "name": one.name,
            "unit": one.unit,
            **_together(one.parts),
            "platforms": [
                build(CampaignPlatformSum, {"platform": key, **_together(platforms[key])})
                for key in sorted(platforms)
            ],
            "sources": [
                build(CampaignSumSource, {**dict(zip(SOURCE, key, strict=True)), **_together(sources[key])})
                for key in sorted(sources)
            ],
        },
    )


SOURCE = ("platform", "login", "platform_metric", "api_version", "definition")


def _source(part: Part) -> tuple[str, ...]:
    read = part.reading
    return part.platform, read.login, read.platform_metric, read.api_version, read.definition


def _together(parts: Sequence[Part]) -> dict[str, object]:
    """What parts come to."""
    readings = [part.reading for part in parts]
    return {
        "value": sum(reading.value or 0 for reading in readings),
        "posts": sum(reading.posts for reading in readings),
        "oldest_fetched_at": min(reading.oldest for reading in readings),
        "newest_fetched_at": max(reading.newest for reading in readings),
    }
