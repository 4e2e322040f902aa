"""Where the platform sends the browser back."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.host import Host
from server.ids import global_id
from server.routes import pages
from server.routes.cookie import read_cookie
from server.services.connect.authorizations import WayBack, take
from server.services.connect.consents import complete

MAX_QUERY = 8192


async def oauth_callback(request: Request) -> Response:
    """
    `GET /oauth/{login}/callback`: take the attempt, carry it to its end, and leave this address.

    The answer is always a redirect to a page without `code` and `state`, or a page that says that there was
    nothing to take: unknown, used, expired and another browser's look the same.
    """
    host: Host = request.app.state.host
    pairs = request.query_params.multi_items()
    params = dict(pairs)
    if request.path_params["login"] not in host.platforms.logins:
        return pages.not_taken()
    if len(params) != len(pairs) or len(request.url.query) > MAX_QUERY:
        # RFC 6749 3.1: parameters must not repeat; which one would we believe?
        return pages.not_taken()
    taken = await take(
        host, request.path_params["login"], params.get("state", ""), read_cookie(request, host)
    )
    if taken is None:
        return pages.not_taken()
    await complete(host, taken.attempt_id, params)
    return RedirectResponse(way_back(host, taken), status_code=303)


def way_back(host: Host, taken: WayBack) -> str:
    """The frontend's address with the attempt's id, or our own page."""
    attempt = global_id("ConnectAttempt", taken.attempt_id)
    if taken.return_url is None:
        return f"{host.settings.origin}/connect/finished?{urlencode({'attempt': attempt})}"
    parts = urlsplit(taken.return_url)
    query = "&".join(filter(None, (parts.query, urlencode({"attempt": attempt}))))
    return urlunsplit(parts._replace(query=query))
