"""
What this process counts, for Prometheus.

Every label comes from a closed set: a route, a login, a plugin's own word for a call, a chore. Never an account,
a profile, a caller or an address, so the number of series does not grow with the roster.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

QUICK = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
"""Seconds, for what a caller waits for."""
REMOTE = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
"""Seconds, up to the time-out of a platform's answer."""
LONG = (0.1, 1, 5, 15, 30, 60, 120)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

HTTP_REQUESTS = Counter(
    "linkroll_http_requests", "HTTP requests answered.", ("route", "status"), registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "linkroll_http_request_seconds",
    "Until the answer was sent.",
    ("route",),
    buckets=QUICK,
    registry=REGISTRY,
)
SOCKETS = Gauge("linkroll_sockets", "WebSockets that are open.", registry=REGISTRY)
OPERATIONS = Counter(
    "linkroll_operations",
    "GraphQL operations, by what became of them.",
    ("kind", "outcome"),
    registry=REGISTRY,
)
OPERATION_SECONDS = Histogram(
    "linkroll_operation_seconds",
    "How long queries and mutations ran.",
    ("kind",),
    buckets=QUICK,
    registry=REGISTRY,
)
PLATFORM_REQUESTS = Counter(
    "linkroll_platform_requests",
    "Requests to platforms, by what became of them.",
    ("login", "operation", "outcome"),
    registry=REGISTRY,
)
PLATFORM_SECONDS = Histogram(
    "linkroll_platform_request_seconds",
    "Until a platform's answer was read, or given up.",
    ("login",),
    buckets=REMOTE,
    registry=REGISTRY,
)
REFRESHES = Counter(
    "linkroll_refreshes",
    "Grants refreshed ahead of time, by what became of it.",
    ("login", "outcome"),
    registry=REGISTRY,
)
ROUNDS = Counter(
    "linkroll_rounds", "Rounds of background work that ended.", ("chore", "outcome"), registry=REGISTRY
)
ROUND_SECONDS = Histogram(
    "linkroll_round_seconds", "How long a round took.", ("chore",), buckets=LONG, registry=REGISTRY
)
LOG_LINES = Counter("linkroll_log_lines", "Lines logged, from warnings up.", ("level",), registry=REGISTRY)

for _level in ("warning", "error", "critical"):
    # Shown before the first one: a rate needs a zero to rise from.
    LOG_LINES.labels(_level)


def counting(counter: Counter) -> Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    """A structlog processor that counts lines by their level."""

    def count(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event.get("level") in ("warning", "error", "critical"):
            counter.labels(event["level"]).inc()
        return event

    return count
