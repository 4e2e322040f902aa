"""
A page to try queries on, at `/graphql` for a browser: an editor, the answer, and the schema to look things up.

It loads nothing from anywhere else and runs under a strict policy: its script and style are files of ours, and
it may talk to this server only.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

STATIC = Path(__file__).parent / "static"
FILES = {"ide.css": "text/css; charset=utf-8", "ide.js": "text/javascript; charset=utf-8"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)


def ide_page() -> Response:
    """The page."""
    return _file("ide.html", "text/html; charset=utf-8")


async def ide_file(request: Request) -> Response:
    """`GET /graphql/{file}`: the page's script and style."""
    name = request.path_params["file"]
    if not request.app.state.host.settings.shows_ide or name not in FILES:
        return PlainTextResponse("Not Found", 404)
    return _file(name, FILES[name])


def _file(name: str, content_type: str) -> Response:
    headers = {"Content-Type": content_type, "Content-Security-Policy": CSP}
    return Response((STATIC / name).read_bytes(), headers=headers)
