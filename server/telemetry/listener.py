"""
`/metrics` for Prometheus, with `/healthz` and `/readyz` for probes, on a port of its own.

Of its own, as it says more than callers may know, and as `linkroll worker` has no other. It takes no key: bind
it where only your monitoring gets (`LINKROLL_METRICS_HOST`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.database import UNAVAILABLE
from server.events import Listener
from server.host import Host
from server.listening import answering, bind
from server.routes.health import healthz, readyz
from server.telemetry.metrics import REGISTRY
from server.telemetry.tables import table_gauges

TABLES_SECONDS = 5
"""How long the tables may take. Without them the rest is told all the same."""

log = structlog.get_logger("linkroll.telemetry")


@contextlib.asynccontextmanager
async def telling(host: Host, listener: Listener | None = None) -> AsyncIterator[str | None]:
    """Answer on `metrics_port` while this lasts; the address, or None where there is no such port."""
    settings = host.settings
    if settings.metrics_port is None:
        yield None
        return
    listening = bind(settings.metrics_host, settings.metrics_port)
    address, port = listening.getsockname()[:2]
    async with answering(_app(host, listener), listening):
        yield f"http://{f'[{address}]' if ':' in address else address}:{port}/metrics"


def _app(host: Host, listener: Listener | None) -> Starlette:
    app = Starlette(routes=[Route("/metrics", metrics), Route("/healthz", healthz), Route("/readyz", readyz)])
    app.state.host, app.state.listener = host, listener
    return app


async def metrics(request: Request) -> Response:
    """`GET /metrics`: the process's counters, and what the tables say. Without these while the database is away."""
    state = request.app.state
    try:
        async with asyncio.timeout(TABLES_SECONDS):
            gauges = await table_gauges(state.host, state.listener)
    except UNAVAILABLE as error:
        log.warning("the tables cannot be read", error=type(error).__name__)
        gauges = []
    body = generate_latest(REGISTRY) + generate_latest(_registry(gauges))
    return Response(body, media_type=CONTENT_TYPE_LATEST)


class _Told(Collector):
    """Families that were made already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Hand them out."""
        yield from self._families


def _registry(gauges: list[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(gauges))
    return registry
