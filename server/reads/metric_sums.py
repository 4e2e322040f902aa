"""How a profile's metrics are read: its accounts in one statement, their series in one, whatever the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linkroll_sdk import MetricName

from server.reads import registry
from server.reads.metrics import account_subject, link_columns, read_series, window_of
from server.reads.reader import Reader
from server.reads.selection import Selected, Selection
from server.reads.tables import build, put, render
from server.schema.types.metric_sums import (
    MetricIncomplete,
    MetricLeftOut,
    MetricSum,
    MetricSumPoint,
    ProfileMetrics,
)
from server.services.metrics.metric_answers import Subject
from server.services.metrics.metric_periods import Window
from server.services.metrics.metric_sums import Sums, sum_up


async def load(reader: Reader, parents: list[Any], selected: Selected) -> None:
    """`metrics` of profiles."""
    window = window_of(reader, selected.args)
    ids = list({parent.__dict__["_id"]: None for parent in parents})
    found = await _sums(reader, ids, selected.args.get("names"), window)
    shown = [_ProfileMetrics(found[parent.__dict__["_id"]], window) for parent in parents]
    for name in ("sums", "left_out", "incomplete"):
        for wanted in selected.of.named("ProfileMetrics", name):
            await _show_parts(reader, shown, wanted)
    for parent, one in zip(parents, shown, strict=True):
        put(parent, selected.key, one.shown)


async def _sums(
    reader: Reader, ids: Sequence[int], names: Sequence[MetricName] | None, window: Window
) -> Mapping[int, Sums]:
    accounts = await _accounts(reader, ids)
    every = [subject for subjects in accounts.values() for subject in subjects]
    series = await read_series(reader, every, names, window) if every else {}
    return {
        profile: sum_up([one for s in subjects for one in series[s.key]], reader.now.date())
        for profile, subjects in accounts.items()
    }


async def _accounts(reader: Reader, ids: Sequence[int]) -> dict[int, list[Subject]]:
    """The accounts of visible profiles."""
    sql = reader.sql()
    columns = ", ".join(f"{render(text, sql)} AS {name}" for name, text in link_columns("a").items())
    records = await reader.fetch(
        f"SELECT a.id AS _id, a.profile_id, {columns} FROM social_account a"
        f" WHERE a.profile_id = ANY({sql.value(list(ids), 'bigint[]')}) ORDER BY a.id",
        sql,
    )
    found: dict[int, list[Subject]] = {profile: [] for profile in ids}
    for record in records:
        found[record["profile_id"]].append(account_subject(dict(record)))
    return found


class _ProfileMetrics:
    """One profile's sums, and the schema object that they are shown as."""

    def __init__(self, sums: Sums, window: Window) -> None:
        self.shown = build(ProfileMetrics, {})
        self._sums, self._window = sums, window

    def parts(self, name: str) -> list[tuple[Any, Sequence[int]]]:
        """The objects of one of its lists, each with the accounts that it is about."""
        if name == "sums":
            return [(_sum(one, self._window), one.account_ids) for one in self._sums.sums]
        if name == "left_out":
            return [
                (
                    build(
                        MetricLeftOut,
                        {"metric": one.metric, "availability": one.availability, "reason": one.reason},
                    ),
                    [one.account_id],
                )
                for one in self._sums.left_out
            ]
        return [
            (
                build(MetricIncomplete, {"metric": one.metric, "missing_periods": one.missing_periods}),
                [one.account_id],
            )
            for one in self._sums.incomplete
        ]


def _sum(one: Any, window: Window) -> Any:
    points = [build(MetricSumPoint, {n: getattr(point, n) for n in point.__slots__}) for point in one.points]
    return build(
        MetricSum,
        {
            "name": one.name,
            "measure": one.measure,
            "unit": one.unit,
            "granularity": window.granularity.value,
            "points": points,
        },
    )


PARTS = {"sums": "MetricSum", "left_out": "MetricLeftOut", "incomplete": "MetricIncomplete"}


async def _show_parts(reader: Reader, shown: Sequence[_ProfileMetrics], wanted: Selected) -> None:
    parts = [one.parts(wanted.name) for one in shown]
    kind = PARTS[wanted.name]
    await _show_accounts(reader, [part for own in parts for part in own], kind, wanted.of)
    for one, own in zip(shown, parts, strict=True):
        put(one.shown, wanted.key, [part for part, _ in own])


async def _show_accounts(
    reader: Reader, parts: Sequence[tuple[Any, Sequence[int]]], kind: str, selection: Selection
) -> None:
    """Hang the accounts on the parts, read together."""
    several = kind == "MetricSum"
    for wanted in selection.named(kind, "accounts" if several else "account"):
        found = await registry.table("SocialAccount").by_ids(reader, _ids(parts), wanted.of)
        for part, ids in parts:
            accounts = [found[i] for i in ids if i in found]
            put(part, wanted.key, accounts if several else next(iter(accounts), None))


def _ids(parts: Iterable[tuple[Any, Sequence[int]]]) -> Iterable[int]:
    return (i for _, ids in parts for i in ids)
