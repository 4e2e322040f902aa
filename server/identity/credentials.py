"""
What a request comes with to be let in: an `Authorization` header, or a page's cookie (ADR 0016).

Browsers send a cookie whoever makes them ask. So one counts only with a proof that the request is a page's of
ours: the origin that the browser names, and, wherever something could be changed or followed, a token that only
that page can have read. The header proves itself; where there is one, the cookie is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from strawberry.http.websocket_origin import normalize_origin

from server.identity.keyring import Failures
from server.services.callers.api_keys import NoKey
from server.services.callers.browser_sessions import SECRET, is_csrf_token
from server.settings import Settings

CSRF_HEADER = "X-CSRF-Token"


class NotFromPage(Exception):
    """The request comes with a cookie, but nothing proves that a page of ours makes it."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A key or token, or (*is_cookie*) the secret of a session. *text* is None for nothing of any use."""

    text: str | None = None
    is_cookie: bool = False


class Credentials:
    """Reads credentials, and holds cookies to their proof."""

    def __init__(self, settings: Settings, failures: Failures) -> None:
        self._failures = failures
        self._cookie = cookie_name(settings)
        self._scheme = urlsplit(settings.origin).scheme
        self._origins = {normalize_origin(origin) for origin in (settings.origin, *settings.allowed_origins)}

    async def of_request(self, request: HTTPConnection) -> Credential:
        """What an HTTP request comes with. Raises `NotFromPage`."""
        named = request.headers.get("authorization")
        if named is not None or (secret := self.secret(request)) is None:
            return Credential(bearer(named))
        if request.scope["method"] in ("GET", "HEAD"):
            # Nothing is changed, and other pages cannot read the answer. `EventSource` can send no header.
            await self.require(self.is_readers(request.headers))
        else:
            token = request.headers.get(CSRF_HEADER)
            await self.require(self.is_pages(request.headers) and is_csrf_token(secret, token))
        return Credential(secret, is_cookie=True)

    async def of_socket(self, socket: HTTPConnection, payload: Mapping[str, object]) -> Credential:
        """What a WebSocket comes with, when it has sent this `connection_init`. Raises `NotFromPage`."""
        named, secret = payload.get("Authorization", socket.headers.get("authorization")), self.secret(socket)
        if named is not None or "Authorization" in payload or secret is None:
            return Credential(bearer(named))
        token = payload.get("csrfToken")
        await self.require(self.is_pages(socket.headers) and is_csrf_token(secret, token))
        return Credential(secret, is_cookie=True)

    def secret(self, request: HTTPConnection) -> str | None:
        """The secret in a session's cookie, if there is one of our form."""
        value = request.cookies.get(self._cookie)
        return value if value is not None and SECRET.match(value) else None

    async def require(self, is_proven: bool) -> None:
        """Note who comes without a proof, and raise `NotFromPage`."""
        if not is_proven:
            await self._failures.note(NoKey("?", "CSRF_REQUIRED"))
            raise NotFromPage

    def is_pages(self, headers: Headers) -> bool:
        """Whether the browser says that a page of ours makes the request."""
        origin = headers.get("origin")
        if origin is None:
            # Not `same-site`: a neighbour is not us.
            return headers.get("sec-fetch-site") == "same-origin"
        found = normalize_origin(origin)
        # By our public address, a listed one, or the name that we are asked under and go by (`KnownHosts`).
        ours = {*self._origins, normalize_origin(f"{self._scheme}://{headers.get('host')}")}
        return found is not None and found in ours

    def is_readers(self, headers: Headers) -> bool:
        """Whether no browser says that a page of others makes the request."""
        # `none` is the person: an address that was typed, or opened from a bookmark.
        is_said = "origin" in headers or headers.get("sec-fetch-site", "none") != "none"
        return not is_said or self.is_pages(headers)


def cookie_name(settings: Settings) -> str:
    """A session's cookie. `__Host-` wherever it can be: then no subdomain and no plain http can set or read it."""
    return "__Host-linkroll_session" if settings.is_https else "linkroll_session"


def bearer(header: object) -> str | None:
    """The key or token in an `Authorization` value."""
    if not isinstance(header, str):
        return None
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None
