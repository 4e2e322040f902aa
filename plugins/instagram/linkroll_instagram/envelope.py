"""
The error in an answer of Instagram, read leniently: what it means stands in `errors.py`.

Two shapes. The login host answers flat, `{error_type, code, error_message}`, with an HTTP status for a code;
the graph hosts answer with Graph's envelope (meta sheet 3 and 5, confirmed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linkroll_meta import envelope
from linkroll_meta.envelope import GraphError, read_body, whole_number
from linkroll_meta.usage import wait_seconds
from linkroll_sdk import Response


def read_error(response: Response, operation: str) -> GraphError | None:
    """The error in an answer of either shape, or None for a good one."""
    body = read_body(response)
    if _is_flat(body):
        return _from_flat(body, response, operation)
    return envelope.read_error(response, operation)


def _is_flat(body: Mapping[str, Any]) -> bool:
    return not isinstance(body.get("error"), dict) and ("error_type" in body or "error_message" in body)


def _from_flat(body: Mapping[str, Any], response: Response, operation: str) -> GraphError:
    # Here `code` is an HTTP status, 400 or 429 (recalled), and stands even where the real one is 200.
    told = whole_number(body.get("code")) or 0
    return GraphError(
        status=told if 400 <= told < 600 else response.status,
        operation=operation,
        words=str(body.get("error_message", "")).lower(),
        retry_after=wait_seconds(response.headers),
    )
