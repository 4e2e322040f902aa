"""
The HTTP client a plugin is given, as a protocol: plugins never open a connection of their own.

The host's client knows what the plugin declared. It lets through GET requests to the plugin's
hosts and exactly the declared `Operation`s; anything else raises `ForbiddenOperation` before a
byte leaves. It follows no redirects, caps time and size, and redacts what it logs.
"""

from __future__ import annotations

import enum
import fnmatch
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from linkroll_sdk.errors import ForbiddenOperation, UnexpectedAnswer


class Purpose(enum.StrEnum):
    """Why a plugin needs a method other than GET."""

    TOKEN = "TOKEN"
    REVOKE = "REVOKE"
    QUERY = "QUERY"


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One request other than GET that a plugin may make, and why.

    *path* may hold `*` for one path segment: `/*/me/permissions` covers every API version.
    """

    method: str
    host: str
    path: str
    purpose: Purpose

    def covers(self, method: str, host: str, path: str) -> bool:
        """Whether this declaration allows the request."""
        return (self.method, self.host) == (method, host) and _path_matches(self.path, path)


def _path_matches(pattern: str, path: str) -> bool:
    wanted, got = pattern.split("/"), path.split("/")
    return len(wanted) == len(got) and all(map(fnmatch.fnmatchcase, got, wanted))


@dataclass(frozen=True, slots=True)
class Request:
    """
    One request to a platform. *url* is the platform's real https address.

    *access_token* travels as a Bearer header; put a token into *params* only where the platform
    knows no other way. *params*, *form* and *json* are kept apart from the URL so that logs can
    leave them out. *operation* is our short name for the call, used in errors and logs.
    """

    method: str
    url: str
    operation: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: object | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    access_token: str | None = field(default=None, repr=False)

    def full_url(self) -> str:
        """The address with its query. May hold a secret: never log it."""
        if not self.params:
            return self.url
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}{urlencode(self.params)}"


@dataclass(frozen=True, slots=True)
class Response:
    """A platform's answer. Header names are lower-case. The body may hold secrets: never log it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def json(self) -> Any:
        """The body as JSON; `UnexpectedAnswer` when it is none (an HTML error page, say)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:  # RecursionError: brackets nested thousands deep
            kind = self.headers.get("content-type", "no content type")
            raise UnexpectedAnswer(f"HTTP {self.status}, {kind}, {len(self.body)} bytes") from error

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; `UnexpectedAnswer` when it is anything else."""
        answer = self.json()
        if not isinstance(answer, dict):
            raise UnexpectedAnswer(f"HTTP {self.status}, JSON {type(answer).__name__}")
        return answer


class Http(Protocol):
    """What a plugin gets for talking to its platform."""

    async def send(self, request: Request) -> Response:
        """
        Send one request and return whatever status the platform answers.

        Raises:
            ForbiddenOperation: the plugin did not declare this; nothing was sent.
            PlatformUnavailable: no connection, no answer in time, or an answer too large.
        """
        ...

    def now(self) -> datetime:
        """The server's clock (aware UTC). Date tokens from it: platforms tell seconds from now."""
        ...


UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OVERRIDE_HEADERS = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """All that a plugin may reach: GET on *hosts*, and the *operations*."""

    hosts: frozenset[str]
    operations: tuple[Operation, ...] = ()

    def check(self, method: str, url: str) -> None:
        """Raise `ForbiddenOperation` unless the request is declared. Pure: used before any I/O."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" or parts.username is not None or parts.port not in (None, 443):
            raise ForbiddenOperation(f"{method} {host}: only plain https addresses are allowed")
        if host not in self.hosts:
            raise ForbiddenOperation(f"{method} {host}: the host is not declared")
        if method != "GET" and not any(o.covers(method, host, parts.path) for o in self.operations):
            raise ForbiddenOperation(f"{method} {host}{parts.path}: the operation is not declared")

    def check_request(self, request: Request) -> None:
        """`check`, and refuse a request that shows one method and makes the platform act on another."""
        self.check(request.method, request.full_url())
        wanted = dict(parse_qsl(urlsplit(request.full_url()).query)).get("method", "GET").upper()
        # Meta acts on `?method=delete`, many gateways on the header. Other values are somebody's own words.
        if wanted in UNSAFE_METHODS or OVERRIDE_HEADERS & {name.lower() for name in request.headers}:
            raise ForbiddenOperation(f"{request.operation}: the method may not be overridden")
