"""Our cookies: the one that binds a consent to the browser that began it, and a session's."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.host import Host
from server.identity import credentials


def cookie_name(host: Host) -> str:
    """`__Host-` wherever it can be: then no subdomain and no plain http can set or read it."""
    return "__Host-linkroll-connect" if host.settings.is_https else "linkroll-connect"


def read_cookie(request: Request, host: Host) -> str | None:
    """The browser's secret, if it has one of our form."""
    value = request.cookies.get(cookie_name(host))
    return value if value is not None and 40 <= len(value) <= 64 else None


def set_cookie(response: Response, host: Host, secret: str) -> None:
    """Keep the secret in the browser for as long as an attempt may take, with the choice at its end."""
    # Lax, not Strict: the platform's redirect back to us is a navigation from another site.
    response.set_cookie(
        cookie_name(host),
        secret,
        # Twice: the choice gets the same time again, and our page about it knows its browser by this.
        max_age=2 * host.settings.attempt_minutes * 60,
        path="/",
        secure=host.settings.is_https,
        httponly=True,
        samesite="lax",
    )


def set_session_cookie(response: Response, host: Host, secret: str) -> None:
    """Keep a session's secret until the browser is closed; the server knows when it ends."""
    response.set_cookie(credentials.cookie_name(host.settings), secret, **_session_cookie(host))


def clear_session_cookie(response: Response, host: Host) -> None:
    """Have the browser forget it."""
    response.delete_cookie(credentials.cookie_name(host.settings), **_session_cookie(host))


def _session_cookie(host: Host) -> dict[str, Any]:
    # Strict: nobody comes to a page of ours by a link that must already know them.
    return {"path": "/", "secure": host.settings.is_https, "httponly": True, "samesite": "strict"}
