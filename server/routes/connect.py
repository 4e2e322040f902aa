"""The browser's way into a consent: our own address binds the attempt, then goes on to the platform."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.host import Host
from server.routes import pages
from server.routes.cookie import read_cookie, set_cookie
from server.routes.oauth_callback import way_back
from server.services.connect.authorizations import open_attempt


async def connect(request: Request) -> Response:
    """`GET /connect/{start}`: on to the platform, or a page that says the address is used up."""
    host: Host = request.app.state.host
    opened = await open_attempt(host, request.path_params["start"], read_cookie(request, host))
    if opened is None:
        return pages.not_open()
    response = RedirectResponse(opened.authorize_url or way_back(host, opened.way_back), status_code=303)
    set_cookie(response, host, opened.browser_secret)
    return response
