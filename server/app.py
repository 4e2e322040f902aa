"""The server put together: one `Host`, one listener, one schema, a handful of routes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from server.clock import Clock
from server.database import Database, Observer
from server.database_errors import DatabaseAway
from server.events import Listener
from server.host import Host
from server.identity.credentials import CSRF_HEADER
from server.identity.keyring import Keyring
from server.outgoing import Outgoing, SandboxInProduction
from server.platforms import Platforms, load_platforms
from server.request_facts import KnowRequests
from server.resolvers.context import Context
from server.routes.callbacks import callback
from server.routes.connect import connect
from server.routes.deletion_status import deletion_status
from server.routes.finished import finished
from server.routes.health import healthz, readyz
from server.routes.oauth_callback import oauth_callback
from server.routes.pages import away
from server.routes.session import SessionRoute
from server.sandbox_link import follow_clock
from server.schema.build import build_schema
from server.services.platforms.public_documents import PublicDocuments
from server.settings import Settings
from server.telemetry.operations import ObservedGate
from server.telemetry.requests import Observed
from server.telemetry.statements import TracedDatabase
from server.telemetry.traces import is_tracing
from server.transport.cors import ListedOrigins
from server.transport.graphql_errors import StableErrors
from server.transport.graphql_http import GraphQLApp
from server.transport.ide import ide_file
from server.transport.middleware import BodyLimit, CarefulHeaders, KnownHosts
from server.vault_keys import open_vault


@contextlib.asynccontextmanager
async def open_host(
    settings: Settings,
    database_url: str,
    *,
    platforms: Platforms | None = None,
    clock: Clock | None = None,
    observe: Observer | None = None,
) -> AsyncIterator[Host]:
    """Everything a service stands on, opened and closed again."""
    clock = clock or Clock()
    if settings.env == "production" and settings.sandbox_url:
        raise SandboxInProduction("LINKROLL_SANDBOX_URL: the sandbox never runs in production.")
    opened = TracedDatabase if is_tracing() else Database
    database = await opened.open(
        database_url,
        pool=settings.database_pool,
        seconds=settings.database_seconds,
        statement_seconds=settings.statement_seconds,
        observe=observe,
    )
    outgoing = Outgoing(clock, settings.sandbox_url)
    try:
        vault = await open_vault(settings, database, clock.now())
        yield Host(settings, database, vault, platforms or load_platforms(), outgoing, clock)
    finally:
        await outgoing.close()
        await database.close()


@contextlib.asynccontextmanager
async def open_app(host: Host, listen_url: str) -> AsyncIterator[Starlette]:
    """The ASGI application on *host*, with its listener running."""
    listener = Listener(host.database, listen_url)
    await listener.start()
    tasks = []
    if host.settings.sandbox_url:
        tasks.append(asyncio.create_task(follow_clock(host.settings.sandbox_url, host.clock)))
    try:
        yield build_app(host, listener)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.stop()


def settle_memory() -> None:
    """
    Take what stands for ever (modules, schema, plugins) out of the garbage collector's rounds.

    A full round over it stops every request for tens of milliseconds; call this once, when all is built.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def build_app(host: Host, listener: Listener) -> Starlette:
    """Routes and middleware around the schema."""
    schema = build_schema(host.platforms, [StableErrors], host.settings.limits)
    keyring = Keyring(host, listener)
    gate = ObservedGate(schema.documents, host.settings)
    graphql = GraphQLApp(schema, gate, Context(host, listener), keyring)
    app = Starlette(
        routes=[
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
            Route("/graphql/{file}", ide_file),
            _opened("/session", SessionRoute(host, keyring).answer, "GET", "POST", "DELETE"),
            Route("/connect/finished", finished),
            _opened("/connect/{start}", connect),
            _opened("/oauth/{login}/callback", oauth_callback),
            _opened("/callbacks/{login}/{callback}", callback, "GET", "POST"),
            Route("/deletion/{code}", deletion_status),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
        middleware=[
            Middleware(Observed),
            Middleware(KnowRequests),
            Middleware(CarefulHeaders),
            Middleware(KnownHosts, settings=host.settings),
            Middleware(
                ListedOrigins,
                allow_origins=list(host.settings.allowed_origins),
                allow_methods=["GET", "POST", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "X-Request-Id", CSRF_HEADER],
                expose_headers=["X-Request-Id", "Retry-After"],
                max_age=600,
            ),
            Middleware(BodyLimit),
        ],
        # Of the addresses that people open: all others have their own answer to it.
        exception_handlers={DatabaseAway: away},
    )
    app.state.host = host
    app.state.listener = listener
    app.state.documents = PublicDocuments(host)
    return app


def _opened(path: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
    """An address whose opening does something: Starlette would take a link preview's HEAD for it as well."""
    route = Route(path, endpoint)
    route.methods = set(methods or ("GET",))
    return route
