"""
Logs: one line an event on stderr, as `key=value` or as JSON.

Values come from code, never from bodies, headers or queries. What libraries log passes the same way, so that a
line of theirs has the same form, and a newline in it cannot forge another.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import Processor

from server.request_facts import add_request_id
from server.telemetry.metrics import LOG_LINES, counting
from server.telemetry.traces import trace_id

Format = Literal["logfmt", "json"]


def configure_logs(*, verbose: bool, log_format: Format = "logfmt") -> None:
    """Warnings by default; everything of ours with *verbose*."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_request_id,
        _add_trace_id,
        counting(LOG_LINES),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _renderer(log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    # Strawberry logs every client's mistake with a traceback; we log what is ours to mend (`graphql_http`).
    logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(log_format),
            ],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def _renderer(log_format: Format) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(default=str)
    return structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)


def _add_trace_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Which trace the line belongs to."""
    if (trace := trace_id()) is not None:
        event["trace_id"] = trace
    return event
