"""Traces show where the time goes; no secret, no address and no value stands in them. Off, they cost nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from server.settings import Settings
from server.telemetry.rounds import observed
from server.telemetry.statements import TracedDatabase
from server.telemetry.traces import is_tracing, span, trace_id, tracing
from support.browser import Browser
from support.sandbox import Sandbox
from support.server import Server, StartServer


class Told:
    """The spans of everything that happened."""

    def __init__(self, spans: tuple[ReadableSpan, ...], secrets: set[str]) -> None:
        self.spans = spans
        self.secrets = secrets

    def named(self, beginning: str) -> list[ReadableSpan]:
        """The spans whose names begin so."""
        return [one for one in self.spans if one.name.startswith(beginning)]


@pytest.fixture
async def told(start_server: StartServer, sandbox: Sandbox, browser: Browser) -> Told:
    """An account linked, with traces on."""
    exporter = InMemorySpanExporter()
    with tracing(Settings(), exporter):
        server = await start_server()
        assert isinstance(server.host.database, TracedDatabase)
        roster = await server.roster()
        mara = await roster.create_profile("Mara Linden")
        await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    return Told(
        exporter.get_finished_spans(), await secrets_of(server, sandbox) | {"Mara Linden", "marabakes"}
    )


async def secrets_of(server: Server, sandbox: Sandbox) -> set[str]:
    """What went over the wire to the platform."""
    found = {app.client_secret.get_secret_value() for app in server.host.settings.logins.values()}
    for row in await sandbox.requests():
        for part in (row["query"], row["body"] if isinstance(row["body"], dict) else {}):
            found |= {value for values in part.values() for value in values}
        found.add(row["headers"].get("authorization", "").partition(" ")[2])
    return {secret for secret in found if len(secret) >= 12}


async def test_requests_operations_statements_and_platforms_have_spans(told: Told) -> None:
    assert told.named("POST /graphql") and told.named("GET /oauth") and told.named("GET /connect")
    assert {one.name for one in told.named("GraphQL ")} >= {"GraphQL mutation", "GraphQL query"}
    assert told.named("SQL SELECT") and told.named("SQL transaction") and told.named("SQL INSERT")
    assert told.named("platform exchange")


async def test_a_statement_belongs_to_its_request(told: Told) -> None:
    requests = {one.context.trace_id for one in told.spans if one.parent is None and one.context}
    exchange = told.named("platform exchange")[0]

    assert exchange.context and exchange.context.trace_id in requests
    assert exchange.attributes == {
        "http.request.method": "POST",
        "server.address": "open.tiktokapis.com",
        "http.response.status_code": 200,
    }


async def test_no_secret_and_no_value_stands_in_a_span(told: Told) -> None:
    text = "\n".join(one.to_json() for one in told.spans)

    assert len(told.secrets) > 5
    assert [secret for secret in told.secrets if secret in text] == []
    assert "?" not in "".join(one.name for one in told.spans)


def test_an_error_is_told_by_its_type_alone() -> None:
    exporter = InMemorySpanExporter()
    with tracing(Settings(), exporter), pytest.raises(ValueError, match="planted"), observed("sweep"):
        raise ValueError("planted secret")

    (one,) = exporter.get_finished_spans()
    assert one.name == "chore sweep" and not one.status.is_ok
    assert one.attributes == {"error.type": "ValueError"} and not one.events
    assert "planted" not in one.to_json()


def test_without_a_collector_there_are_no_traces() -> None:
    with tracing(Settings()), span("anything"):
        assert not is_tracing()
        assert trace_id() is None


def test_a_line_of_the_log_can_be_found_by_its_trace() -> None:
    with tracing(Settings(), InMemorySpanExporter()), span("anything"):
        found = trace_id()

    assert found is not None and len(found) == 32


class Collector(ThreadingHTTPServer):
    """Takes spans over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.bodies: list[bytes] = []


class _Take(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on loopback."""
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_last_spans_reach_the_collector_before_the_end(collector: Collector) -> None:
    settings = Settings(traces_url=f"http://127.0.0.1:{collector.server_port}/v1/traces")

    with tracing(settings), span("platform exchange"):
        pass

    assert b"platform exchange" in b"".join(collector.bodies)


def test_a_ratio_of_zero_keeps_nothing() -> None:
    exporter = InMemorySpanExporter()

    with tracing(Settings(traces_ratio=0), exporter), span("anything"):
        pass

    assert exporter.get_finished_spans() == ()
