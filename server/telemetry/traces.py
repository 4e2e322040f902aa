"""
Traces for OpenTelemetry: off unless the operator names a collector, and then an extra (`linkroll[otel]`).

A span holds names and numbers of ours, statements without their values, and the type of an error. Never its
text, an address's path or query, a header, a body: any of them may hold a token. No trace header is taken from
a caller, or given to a platform.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from server.settings import Settings

EXPORT_SECONDS = 3
"""How long a collector may take. The last spans are sent at the end, which must not wait for it."""

_tracer: Any = None
"""OpenTelemetry's tracer; None while traces are off."""


class TracesUnavailable(Exception):
    """Traces are wanted, but the extra is not installed."""


def is_tracing() -> bool:
    """Whether spans are kept."""
    return _tracer is not None


@contextlib.contextmanager
def tracing(settings: Settings, exporter: Any = None) -> Iterator[None]:
    """Traces, where they are wanted, for as long as this lasts. Raises `TracesUnavailable`."""
    global _tracer
    if settings.traces_url is None and exporter is None:
        yield
        return
    provider = _open(settings, exporter)
    _tracer = provider.get_tracer("linkroll")
    try:
        yield
    finally:
        _tracer = None
        provider.shutdown()


def _open(settings: Settings, exporter: Any) -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError:
        raise TracesUnavailable("LINKROLL_TRACES_URL needs an extra: pip install 'linkroll[otel]'.") from None
    provider = TracerProvider(
        resource=Resource({"service.name": "linkroll"}),
        sampler=ParentBased(TraceIdRatioBased(settings.traces_ratio)),
        shutdown_on_exit=False,
    )
    exporter = exporter or OTLPSpanExporter(settings.traces_url, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class Span:
    """What may be said about a piece of work while it runs. This one keeps nothing: traces are off."""

    def note(self, name: str, value: str | int) -> None:
        """Note a fact about it."""

    def failed(self, why: str) -> None:
        """Note that it failed, with a word of ours."""


class _Kept(Span):
    """A span of OpenTelemetry's."""

    def __init__(self, span: Any) -> None:
        self._span = span

    def note(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)

    def failed(self, why: str) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR)
        self._span.set_attribute("error.type", why)


_OFF = Span()


@contextlib.contextmanager
def span(name: str, facts: Mapping[str, str | int] | None = None) -> Iterator[Span]:
    """A span around a piece of work. An exception is noted by its type alone: its text is a foreigner's."""
    if _tracer is None:
        yield _OFF
        return
    with _tracer.start_as_current_span(
        name, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as found:
        kept = _Kept(found)
        try:
            yield kept
        except Exception as error:
            kept.failed(type(error).__name__)
            raise


def trace_id() -> str | None:
    """The trace at hand, as collectors write it; None where there is none."""
    if _tracer is None:
        return None
    from opentelemetry.trace import get_current_span

    context = get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None
