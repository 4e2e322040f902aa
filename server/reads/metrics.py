"""
How metrics are read: the newest word on each, and series. One statement a field, for all parents together.

A reading is found by its index alone: account, post, metric, then days. Whatever is asked for is answered,
also where nothing was read (`server.services.metrics.metric_answers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from linkroll_sdk import Level, Metric, MetricName, PostKind

from server.database import Record
from server.reads.reader import Reader
from server.reads.selection import Selected
from server.reads.tables import Expression, Relation, build, put
from server.schema.types.errors import coded
from server.schema.types.metrics import (
    MetricBreak,
    MetricNumber,
    MetricPoint,
    MetricSeries,
    MetricSource,
    MetricUnavailable,
)
from server.services.links.status import Status, StatusReason, reason_sql, status_sql
from server.services.metrics.metric_answers import (
    Availability,
    Link,
    Subject,
    catalogue_for,
    names_for,
    why_none,
)
from server.services.metrics.metric_periods import BadWindow, Granularity, Window
from server.services.metrics.metric_series import Row, Series, is_whole, series_of

MAX_POINTS = 100_000
"""How many readings one field may ask for: accounts or posts, times metrics, times days."""
MAX_READINGS = 10_000
"""How many readings one field gives with `READING`, where days do not bound them."""

SOURCE = "s.platform_metric, s.api_version, s.definition, s.login"

SubjectOf = Callable[[Mapping[str, Any]], Subject]
Readings = dict[tuple[int, int], dict[str, list[Row]]]


def link_columns(account: str) -> dict[str, Expression]:
    """What tells how an account is linked: columns over the row *account*, for `link_of`."""
    return {
        "_platform": f"{account}.platform",
        "_grant": f"(SELECT ARRAY[g.login, g.scopes::text] FROM oauth_grant g WHERE g.id = {account}.grant_id)",
        "_status": lambda sql: status_sql(account, sql.now, sql.warning),
        "_reason": lambda sql: reason_sql(account, sql.now),
        "_authenticated_at": f"{account}.authenticated_at",
        "_read_at": f"(SELECT l.last_ok_at FROM poll l WHERE l.account_id = {account}.id AND l.work = 'ACCOUNT')",
    }


def link_of(row: Mapping[str, Any]) -> Link:
    """How an account is linked, from its `link_columns`."""
    login, scopes = row["_grant"] or (None, "[]")
    return Link(
        platform=row["_platform"],
        login=login,
        scopes=frozenset(orjson.loads(scopes)),
        status=Status(row["_status"]),
        reason=StatusReason(row["_reason"]) if row["_reason"] else None,
        authenticated_at=row["_authenticated_at"],
        read_at=row["_read_at"],
    )


def account_subject(row: Mapping[str, Any]) -> Subject:
    """An account's own numbers."""
    return Subject(row["_id"], 0, Level.ACCOUNT, link_of(row))


def post_subject(row: Mapping[str, Any]) -> Subject:
    """A post's numbers, or a story's."""
    kind = PostKind(row["_kind"])
    level = Level.STORY if kind is PostKind.STORY else Level.POST
    return Subject(row["_account_id"], row["_id"], level, link_of(row), kind, row["_published_at"])


# The newest word


def latest(subject_of: SubjectOf, needs: Mapping[str, Expression]) -> Relation:
    """`latestMetrics` of parents that are subjects."""

    async def load(reader: Reader, parents: list[Any], selected: Selected) -> None:
        subjects = [subject_of(parent.__dict__) for parent in parents]
        asked = selected.args.get("names")
        rows = await _latest_rows(reader, subjects, asked)
        for parent, subject in zip(parents, subjects, strict=True):
            put(parent, selected.key, _results(reader, subject, asked, rows.get(subject.key, {})))

    return Relation(load, needs)


async def _latest_rows(
    reader: Reader, subjects: Sequence[Subject], asked: Sequence[MetricName] | None
) -> dict[tuple[int, int], dict[str, Row]]:
    sql = reader.sql()
    accounts, posts = _keys(subjects)
    names = "true" if asked is None else f"l.metric = ANY({sql.value([n.value for n in asked], 'text[]')})"
    records = await reader.fetch(
        f"SELECT q.account_id, q.post_id, l.metric, l.day, l.read_at, l.value, l.availability, {SOURCE}"
        f" FROM unnest({sql.value(accounts, 'bigint[]')}, {sql.value(posts, 'bigint[]')}) q(account_id, post_id)"
        " JOIN metric_latest l ON l.account_id = q.account_id AND l.post_id = q.post_id"
        f" JOIN metric_source s ON s.id = l.source_id WHERE {names}",
        sql,
    )
    found: dict[tuple[int, int], dict[str, Row]] = {}
    for record in records:
        found.setdefault((record["account_id"], record["post_id"]), {})[record["metric"]] = _row(record)
    return found


def _results(
    reader: Reader, subject: Subject, asked: Sequence[MetricName] | None, rows: Mapping[str, Row]
) -> list[Any]:
    catalogue = catalogue_for(reader.host, subject)
    return [
        _result(name, catalogue.get(name), subject, rows.get(name))
        for name in names_for(asked, catalogue, rows)
    ]


def _result(name: MetricName, metric: Metric | None, subject: Subject, row: Row | None) -> Any:
    shown = _of_catalogue(name, metric, subject)
    if row is not None and row.value is not None:
        source = build(
            MetricSource,
            {
                "platform_metric": row.platform_metric,
                "api_version": row.api_version,
                "definition": row.definition,
                "login": row.login,
            },
        )
        number = {
            "value": row.value,
            "day": row.day,
            "complete": is_whole(metric, row),
            "fetched_at": row.read_at,
            "source": source,
        }
        return build(MetricNumber, {**shown, "availability": Availability.SUPPORTED, **number})
    said_at = row.read_at if row else None
    why = why_none(name, metric, subject, row.availability if row else None, said_at)
    return build(
        MetricUnavailable,
        {
            **shown,
            "availability": why.availability,
            "reason": why.reason,
            "next_step": why.next_step,
            "missing_scopes": list(why.missing_scopes),
            "checked_at": said_at,
        },
    )


def _of_catalogue(name: MetricName, metric: Metric | None, subject: Subject) -> dict[str, object]:
    return {
        "name": name,
        "level": subject.level,
        "unit": metric.unit if metric else None,
        "measure": metric.measure if metric else None,
        "platform_metric": metric.platform_name if metric else None,
    }


# Series


def series(subject_of: SubjectOf, needs: Mapping[str, Expression]) -> Relation:
    """`metrics` of parents that are subjects."""

    async def load(reader: Reader, parents: list[Any], selected: Selected) -> None:
        subjects = [subject_of(parent.__dict__) for parent in parents]
        window = window_of(reader, selected.args)
        found = await read_series(reader, subjects, selected.args.get("names"), window)
        for parent, subject in zip(parents, subjects, strict=True):
            put(parent, selected.key, [_shown(one, window) for one in found[subject.key]])

    return Relation(load, needs)


def window_of(reader: Reader, args: Mapping[str, Any]) -> Window:
    """The days that a field's arguments ask for; a coded error says what is wrong with them."""
    granularity = Granularity(args["granularity"].value)
    try:
        return Window.of(granularity, args.get("from_"), args.get("to"), reader.now.date())
    except BadWindow as error:
        raise coded("INVALID_PERIOD", str(error)) from None


async def read_series(
    reader: Reader, subjects: Sequence[Subject], asked: Sequence[MetricName] | None, window: Window
) -> dict[tuple[int, int], list[Series]]:
    """Each subject's series, by its key. One statement."""
    unique = {subject.key: subject for subject in subjects}
    catalogues = {key: catalogue_for(reader.host, subject) for key, subject in unique.items()}
    offered = {name for catalogue in catalogues.values() for name in catalogue}
    wanted = names_for(asked, offered or MetricName, ())
    rows = await _series_rows(reader, list(unique.values()), wanted, window)
    return {
        key: [
            series_of(name, catalogues[key].get(name), subject, rows[key].get(name, []), window, reader.now)
            for name in names_for(asked, catalogues[key], rows[key])
        ]
        for key, subject in unique.items()
    }


async def _series_rows(
    reader: Reader, subjects: Sequence[Subject], names: Sequence[MetricName], window: Window
) -> Readings:
    if len(subjects) * len(names) * window.days > MAX_POINTS:
        raise too_many_points()
    sql = reader.sql()
    accounts, posts = _keys(subjects)
    every = window.granularity is Granularity.READING
    one_a_day = "" if every else "DISTINCT ON (m.day)"
    limit = f"LIMIT {MAX_READINGS + 1}" if every else ""
    # By the primary key alone, month by month, and only through the days that are asked for.
    records = await reader.fetch(
        f"SELECT q.account_id, q.post_id, r.metric, r.day, r.read_at, r.value, r.availability, {SOURCE}"
        f" FROM unnest({sql.value(accounts, 'bigint[]')}, {sql.value(posts, 'bigint[]')}) q(account_id, post_id)"
        f" CROSS JOIN unnest({sql.value([name.value for name in names], 'text[]')}) n(name)"
        f" CROSS JOIN LATERAL (SELECT {one_a_day} m.metric, m.day, m.read_at, m.value, m.availability, m.source_id"
        " FROM metric_snapshot m WHERE m.account_id = q.account_id AND m.post_id = q.post_id AND m.metric = n.name"
        f" AND m.day BETWEEN {sql.value(window.since, 'date')} AND {sql.value(window.until, 'date')}"
        f" ORDER BY m.day DESC, m.read_at DESC {limit}) r JOIN metric_source s ON s.id = r.source_id {limit}",
        sql,
    )
    if every and len(records) > MAX_READINGS:
        raise too_many_points()
    return _by_subject(subjects, records)


def _by_subject(subjects: Iterable[Subject], records: Sequence[Record]) -> Readings:
    found: Readings = {subject.key: {} for subject in subjects}
    for record in records:
        of_subject = found[record["account_id"], record["post_id"]]
        of_subject.setdefault(record["metric"], []).append(_row(record))
    for of_subject in found.values():
        for rows in of_subject.values():
            rows.sort(key=lambda row: (row.day, row.read_at))
    return found


def too_many_points() -> Exception:
    """The error for a chart that is too large for one answer."""
    return coded(
        "INVALID_PERIOD",
        f"This asks for too much at once: objects times metrics times days may be {MAX_POINTS},"
        f" readings {MAX_READINGS}.",
    )


def _keys(subjects: Sequence[Subject]) -> tuple[list[int], list[int]]:
    keys = list({subject.key: None for subject in subjects})
    return [account for account, _ in keys], [post for _, post in keys]


def _row(record: Record) -> Row:
    return Row(
        record["metric"],
        record["day"],
        record["read_at"],
        record["value"],
        record["availability"],
        record["platform_metric"],
        record["api_version"],
        record["definition"],
        record["login"],
    )


def _shown(found: Series, window: Window) -> Any:
    availability = found.why.availability if found.why else Availability.SUPPORTED
    return build(
        MetricSeries,
        {
            **_of_catalogue(found.name, found.metric, found.subject),
            "granularity": window.granularity,
            "availability": availability,
            "reason": found.why.reason if found.why else None,
            "next_step": found.why.next_step if found.why else None,
            "points": [build(MetricPoint, {n: getattr(p, n) for n in p.__slots__}) for p in found.points],
            "breaks": [build(MetricBreak, {n: getattr(b, n) for n in b.__slots__}) for b in found.breaks],
        },
    )
