"""
The error in an answer of the Graph API, read leniently: what it means stands in `errors.py`.

The message stays inside these packages: "Malformed access token …" quotes the token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from linkroll_meta.usage import wait_seconds
from linkroll_sdk import Response, UnexpectedAnswer


class Evidence(TypedDict):
    """What every error carries for the record; never a token."""

    operation: str
    platform_code: str


@dataclass(frozen=True, slots=True)
class GraphError:
    """An error answer; whatever is missing or odd is None, 0 or empty."""

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
        """Operation and `code/subcode`, or the HTTP status where there was no code."""
        code = f"HTTP {self.status}" if self.code is None else str(self.code)
        return Evidence(
            operation=self.operation, platform_code=f"{code}/{self.subcode}" if self.subcode else code
        )


def read_error(response: Response, operation: str) -> GraphError | None:
    """The error in an answer, or None for a good one."""
    envelope = read_body(response).get("error")
    wait = wait_seconds(response.headers)
    if isinstance(envelope, dict):
        return from_envelope(envelope, response.status, operation, wait)
    # The API answers no redirect, so a 3xx is as unexpected as a 4xx without an envelope.
    return GraphError(response.status, operation, retry_after=wait) if response.status >= 300 else None


def from_envelope(
    envelope: Mapping[str, Any], status: int, operation: str, retry_after: float | None = None
) -> GraphError:
    """The error that an `error` object tells."""
    # `debug_token` calls it `subcode`, everybody else `error_subcode`.
    subcode = whole_number(envelope.get("error_subcode", envelope.get("subcode")))
    trace = str(envelope.get("fbtrace_id", ""))
    return GraphError(
        status=status,
        operation=operation,
        code=whole_number(envelope.get("code")),
        subcode=subcode or 0,
        words=str(envelope.get("message", "")).lower(),
        is_transient=envelope.get("is_transient") is True,
        retry_after=retry_after,
        trace=trace if _TRACE.fullmatch(trace) else "",
    )


_TRACE = re.compile(r"[A-Za-z0-9_-]{1,32}")


def read_body(response: Response) -> dict[str, Any]:
    """The JSON object of an answer; empty where there is none."""
    try:
        return response.json_object()
    except UnexpectedAnswer:
        return {}


def whole_number(value: Any) -> int | None:
    """A code, which may come as a number or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value)
    except ValueError:
        return None
