"""
The few pages a person may see here: plain, without script, loading nothing from anywhere.

Everything that comes from outside is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from server.services.refusals import Refusal

log = structlog.get_logger("linkroll.pages")

STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 26rem; padding: 2rem; text-align: center; }
h1 { font-size: 1.4rem; margin: 0.75rem 0; }
p { line-height: 1.5; margin: 0.5rem 0; opacity: 0.85; }
.mark { width: 3rem; height: 3rem; stroke: #fff; stroke-width: 2; fill: none; stroke-linecap: round; }
.good circle { fill: #2e7d32; stroke: none; } .open circle { fill: #1565c0; stroke: none; }
.not circle { fill: #c05621; stroke: none; }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

# Drawn here rather than typed: not every browser has a font with such signs.
MARKS = {
    "good": '<path d="M7.5 12.5l3 3 6-7"/>',
    "open": '<path d="M7.5 12h.01M12 12h.01M16.5 12h.01"/>',
    "not": '<path d="M12 7v6M12 16.5h.01"/>',
}

CSP = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


def linked(names: list[str]) -> Response:
    """The good end."""
    count = f"{len(names)} accounts are" if len(names) > 1 else "Your account is"
    return page("good", f"{count} connected", ", ".join(names), "You can close this page.")


def choose() -> Response:
    """The consent reached several accounts; the frontend asks which."""
    return page(
        "open", "Almost done", "Choose your accounts in the app you came from.", "You can close this page."
    )


def unfinished() -> Response:
    """The consent is still under way."""
    return page("open", "Not finished yet", "Finish at the platform, then come back to this page.")


def refused(refusal: Refusal) -> Response:
    """An end that is not the wished one. The next step is the frontend's to offer: it speaks its language."""
    return page("not", "Not connected", refusal.message, "Go back to the app you came from to try again.")


def not_open() -> Response:
    """The address cannot be opened (any more)."""
    return page(
        "not",
        "This link is no longer open",
        "It was used already, ran out of time, or was opened in another browser.",
        "Ask for a new link in the app you came from.",
        status=410,
    )


def not_taken() -> Response:
    """The platform's answer belongs to no open attempt of this browser."""
    return page(
        "not",
        "There is nothing to finish here",
        "This answer was used already, ran out of time, or belongs to another browser.",
        "Start again in the app you came from.",
        status=400,
    )


async def away(request: Request, error: Exception) -> Response:
    """The database does not answer. An address that was not used yet can be opened again."""
    log.error("database unavailable", path=request.scope["route"].path, error=type(error.__cause__).__name__)
    found = page(
        "not",
        "Not now",
        "We cannot look anything up at the moment. Load this page again in a while.",
        "If there is nothing to finish here then, start again in the app you came from.",
        status=503,
    )
    found.headers["Retry-After"] = "5"
    return found


def page(mark: str, title: str, *lines: str, status: int = 200) -> Response:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>"
        f'<svg class="mark {mark}" viewBox="0 0 24 24" aria-hidden="true">'
        f'<circle cx="12" cy="12" r="12"/>{MARKS[mark]}</svg>'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, headers={"Content-Security-Policy": CSP})
