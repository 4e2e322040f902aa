"""
What the database tells of all processes together, as gauges: read when Prometheus asks.

Every process tells the same, so sums over processes mean nothing here: take `max`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from linkroll_sdk import Budget
from prometheus_client.core import GaugeMetricFamily, Metric

from server.database import Record
from server.event_log import SETTLED, EventLog
from server.events import Listener
from server.host import Host
from server.services.platforms.budget_windows import span_at
from server.worker.jobs_report import jobs_report

BUDGETS = """
SELECT login, key, window_start, max(used) AS used, max(told_percent) AS told FROM budget GROUP BY 1, 2, 3
"""


async def table_gauges(host: Host, listener: Listener | None = None) -> list[Metric]:
    """Everything that stands in the tables, and how much of its pool this process uses."""
    report = await jobs_report(host)
    logs = (listener.status_log, listener.metric_log) if listener else ()
    return [
        *_work(report, host.now()),
        *_circuits(host, report["paused"]),
        _budgets(host, await host.database.fetch(BUDGETS)),
        _lags([(log.table.name, await _lag(host, log)) for log in logs]),
        *_pool(host),
    ]


def _work(report: dict[str, Any], now: datetime) -> Iterator[Metric]:
    yield GaugeMetricFamily("linkroll_workers", "Workers alive.", report["workers"])
    waiting = GaugeMetricFamily("linkroll_rounds_waiting", "Rounds in line.", labels=["chore"])
    failed = GaugeMetricFamily("linkroll_rounds_failed", "Rounds that failed lately.", labels=["chore"])
    for row in report["rounds"]:
        waiting.add_metric([row["chore"]], row["waiting"])
        failed.add_metric([row["chore"]], row["failed"])
    due = GaugeMetricFamily("linkroll_due", "What is due.", labels=["work", "login"])
    oldest = GaugeMetricFamily(
        "linkroll_due_oldest_seconds", "How long the oldest of it has been due.", labels=["work", "login"]
    )
    for row in report["due"]:
        labels = [row["work"], row["login"] or ""]
        due.add_metric(labels, row["due"])
        oldest.add_metric(labels, max(0.0, (now - row["since"]).total_seconds()))
    yield from (waiting, failed, due, oldest)


def _circuits(host: Host, paused: Iterable[dict[str, Any]]) -> Iterator[Metric]:
    is_open = {row["login"] for row in paused}
    gauge = GaugeMetricFamily("linkroll_circuit_open", "1 while a login is left alone.", labels=["login"])
    for login in host.platforms.logins:
        gauge.add_metric([login], float(login in is_open))
    yield gauge


def _budgets(host: Host, rows: Iterable[Record]) -> Metric:
    """The part of each bucket that is used; of buckets that each account has, the fullest."""
    found = {(row["login"], row["key"], row["window_start"]): row for row in rows}
    gauge = GaugeMetricFamily(
        "linkroll_budget_used_ratio", "The part of a bucket that is used.", labels=["login", "budget"]
    )
    for login in host.platforms.logins.values():
        for budget in login.budgets:
            row = found.get((login.key, budget.key, span_at(budget.window, host.now()).start))
            if row is not None and (ratio := _ratio(budget, row)) is not None:
                gauge.add_metric([login.key, budget.key], ratio)
    return gauge


def _ratio(budget: Budget, row: Record) -> float | None:
    if row["told"] is not None:
        return float(row["told"]) / 100
    return float(row["used"]) / budget.limit if budget.limit else None


async def _lag(host: Host, log: EventLog) -> float:
    """For how long the oldest event has waited that could be told here and was not yet."""
    row = await host.database.fetchrow(
        f"SELECT min(e.at) AS at FROM {log.table.name} e WHERE (e.tx, e.id) > ($1::text::xid8, $2) AND {SETTLED}",
        str(log.head.tx),
        log.head.id,
    )
    at = row["at"] if row else None
    return max(0.0, (host.now() - at).total_seconds()) if at else 0.0


def _lags(lags: Iterable[tuple[str, float]]) -> Metric:
    gauge = GaugeMetricFamily(
        "linkroll_event_lag_seconds", "How far this process's streams are behind their log.", labels=["log"]
    )
    for name, seconds in lags:
        gauge.add_metric([name], seconds)
    return gauge


def _pool(host: Host) -> Iterator[Metric]:
    pool: Any = host.database._client._pool
    size, idle = pool.get_size(), pool.get_idle_size()
    used = GaugeMetricFamily("linkroll_database_connections", "This process's connections.", labels=["state"])
    used.add_metric(["used"], size - idle)
    used.add_metric(["idle"], idle)
    yield used
    yield GaugeMetricFamily("linkroll_database_connections_max", "As many it may hold.", pool.get_max_size())
