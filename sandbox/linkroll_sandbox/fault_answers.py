"""What a struck request is answered with, in the words of the platform it was meant for."""

import asyncio
import json
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linkroll_sandbox.faults import Fault
from linkroll_sandbox.google.errors import ApiError as GoogleError
from linkroll_sandbox.google.errors import OAuthError as GoogleOAuthError
from linkroll_sandbox.hosts import FAMILIES
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.redirects import with_query
from linkroll_sandbox.refusals import Refusal
from linkroll_sandbox.tiktok.errors import ApiError as TikTokError
from linkroll_sandbox.tiktok.errors import OAuthError as TikTokOAuthError

_GARBAGE = "<!doctype html><title>Sorry</title><p>Something went wrong."


def answer(fault: Fault, host: str, query_string: str) -> Response:
    """The response of *fault* at *host*."""
    if fault.kind in _PLAIN:
        return _PLAIN[fault.kind](fault)
    if fault.kind == "non_sandbox_target":
        return _non_sandbox_target(query_string)
    return _refusal(fault, FAMILIES.get(host, "google")).response()


def _status(fault: Fault) -> Response:
    body = fault.get("body", "")
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain" if isinstance(body, str) else "application/json"
    return Response(text, status_code=fault.get("status", 500), media_type=kind)


def _garbage(fault: Fault) -> Response:
    return HTMLResponse(fault.get("body", _GARBAGE))


def _redirect(fault: Fault) -> Response:
    return RedirectResponse(fault.location, status_code=fault.get("status", 302))


_PLAIN: dict[str, Callable[[Fault], Response]] = {
    "status": _status,
    "garbage": _garbage,
    "redirect": _redirect,
}


def _non_sandbox_target(query_string: str) -> Response:
    # Not a cancelled consent: the app is in TikTok's sandbox mode and this person is not on its
    # list. The fact sheet (section 1) warns against showing it as "you cancelled".
    query = {name: values[0] for name, values in parse_qs(query_string).items()}
    back = {
        "error": "access_denied",
        "error_type": "non_sandbox_target",
        "error_description": "The user is not a target user of this sandbox.",
        "state": query.get("state", ""),
    }
    return RedirectResponse(with_query(query.get("redirect_uri", "/"), back), status_code=302)


def _refusal(fault: Fault, family: str) -> Refusal:
    if fault.kind == "throttle":
        return _throttle(family, fault.get("minutes", 5))
    if fault.kind == "oauth_error":
        return _oauth_error(fault, family)
    return _API_ERRORS[fault.kind](fault)


def _throttle(family: str, minutes: int) -> Refusal:
    if family == "meta":
        return GraphError.throttled(minutes)
    if family == "tiktok":
        return TikTokError("rate_limit_exceeded", "The API rate limit was exceeded.")
    return GoogleError(429, "rateLimitExceeded", "Too many requests.", "usageLimits")


def _oauth_error(fault: Fault, family: str) -> Refusal:
    kind = TikTokOAuthError if family == "tiktok" else GoogleOAuthError
    refusal = kind(fault.get("error", "invalid_grant"), fault.get("description", "Ordered by a test."))
    refusal.status = fault.get("status", 400)
    refusal.subtype = fault.get("subtype", "")
    return refusal


def _meta_error(fault: Fault) -> Refusal:
    return GraphError(
        fault.get("code", 1),
        fault.get("message", "An unknown error has occurred."),
        subcode=fault.get("subcode", None),
        status=fault.get("status", 400),
    )


def _tiktok_error(fault: Fault) -> Refusal:
    return TikTokError(fault.get("code", "internal_error"), fault.get("message", "Ordered by a test."))


def _google_error(fault: Fault) -> Refusal:
    return GoogleError(
        fault.get("status", 403),
        fault.get("reason", "quotaExceeded"),
        fault.get("message", "Ordered by a test."),
        fault.get("domain", "global"),
    )


_API_ERRORS: dict[str, Callable[[Fault], Refusal]] = {
    "code2": lambda fault: GraphError.transient(),
    "meta_error": _meta_error,
    "tiktok_error": _tiktok_error,
    "google_error": _google_error,
}


async def cut(scope: Scope, receive: Receive, send: Send) -> None:
    """Promise a long body, send a little of it and leave: the server then drops the line."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"data":[{"id":"', "more_body": True})


def cut_after(app: ASGIApp) -> ASGIApp:
    """*app* does its work, and nobody hears of it: a token may be rotated and its successor lost."""

    async def lost(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, _unheard)
        await cut(scope, receive, send)

    return lost


async def _unheard(message: Message) -> None:
    """An answer that is not sent."""


def delay_after(app: ASGIApp, seconds: float) -> ASGIApp:
    """*app* does its work at once and only its answer waits: a client that gives up does not undo it."""

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        waited = False

        async def sending(message: Message) -> None:
            nonlocal waited
            if not waited:
                waited = True
                await asyncio.sleep(seconds)
            await send(message)

        await app(scope, receive, sending)

    return late
