"""
The error in an answer of Instagram, read leniently: what it means stands in `errors.py`.

Two shapes. The login host answers flat, `{error_type, code, error_message}`, with an HTTP status for a code;
the graph hosts answer with Graph's envelope (meta sheet 3 and 5, confirmed). The message stays inside this
package: "Malformed access token …" quotes the token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from linkroll_sdk import Response, UnexpectedAnswer

from linkroll_instagram.budgets import wait_seconds


class Evidence(TypedDict):
    """What every error carries for the record; never a token."""

    operation: str
    platform_code: str


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error answer of either shape, read leniently: whatever is missing or odd is None, 0 or empty."""

    status: int
    operation: str
    code: int | None = None
    subcode: int = 0
    words: str = field(default="", repr=False)
    is_transient: bool = False
    retry_after: float | None = None
    trace: str = ""

    @property
    def evidence(self) -> Evidence:
        """Operation and `code/subcode`, or the HTTP status where Instagram gave no code."""
        code = f"HTTP {self.status}" if self.code is None else str(self.code)
        return Evidence(
            operation=self.operation, platform_code=f"{code}/{self.subcode}" if self.subcode else code
        )


def read_error(response: Response, operation: str) -> ApiError | None:
    """The error in an answer, or None for a good one."""
    body = _body(response)
    wait = wait_seconds(response.headers)
    envelope = body.get("error")
    if isinstance(envelope, dict):
        return _from_envelope(envelope, response.status, operation, wait)
    if "error_type" in body or "error_message" in body:
        return _from_flat(body, response.status, operation, wait)
    # The API answers no redirect, so a 3xx is as unexpected as a 4xx without an error in it.
    return ApiError(response.status, operation, retry_after=wait) if response.status >= 300 else None


def _from_envelope(
    envelope: Mapping[str, Any], status: int, operation: str, retry_after: float | None
) -> ApiError:
    trace = str(envelope.get("fbtrace_id", ""))
    return ApiError(
        status=status,
        operation=operation,
        code=_number(envelope.get("code")),
        subcode=_number(envelope.get("error_subcode")) or 0,
        words=str(envelope.get("message", "")).lower(),
        is_transient=envelope.get("is_transient") is True,
        retry_after=retry_after,
        trace=trace if _TRACE.fullmatch(trace) else "",
    )


def _from_flat(body: Mapping[str, Any], status: int, operation: str, retry_after: float | None) -> ApiError:
    # Here `code` is an HTTP status, 400 or 429 (recalled), and stands even where the real one is 200.
    told = _number(body.get("code")) or 0
    words = str(body.get("error_message", "")).lower()
    return ApiError(told if 400 <= told < 600 else status, operation, words=words, retry_after=retry_after)


_TRACE = re.compile(r"[A-Za-z0-9_-]{1,32}")


def _body(response: Response) -> dict[str, Any]:
    try:
        return response.json_object()
    except UnexpectedAnswer:
        return {}


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value)
    except ValueError:
        return None
