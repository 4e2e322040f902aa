"""Where platforms deliver to by themselves: deauthorizations, deletion requests, webhooks, security events."""

from __future__ import annotations

import asyncio

import structlog
from linkroll_sdk import (
    Callback,
    CallbackRejected,
    Delivery,
    LinkrollSdkError,
    Login,
    PlatformUnavailable,
    Reply,
)
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from server.database import UNAVAILABLE
from server.host import Host
from server.services.callbacks.callbacks import accept, answer_challenge, find_callback
from server.services.platforms.public_documents import PublicDocuments

MAX_QUERY = 4096
BODY_SECONDS = 10

log = structlog.get_logger("linkroll.callbacks")


async def callback(request: Request) -> Response:
    """
    `GET` and `POST /callbacks/{login}/{callback}`: a test of the address, and a delivery.

    What is genuine gets the plugin's reply, repeats too. What is not gets the plugin's status and no reason:
    the log has it. 5xx asks the platform to deliver again.
    """
    host: Host = request.app.state.host
    found = find_callback(host, request.path_params["login"], request.path_params["callback"])
    if found is None:
        return _error(404, "There is no such callback.")
    try:
        reply = await _answer(request, host, *found)
    except CallbackRejected as error:
        return _error(error.status if 400 <= error.status <= 599 else 400, "Refused.")
    except (PlatformUnavailable, ClientDisconnect, *UNAVAILABLE) as error:
        log.warning(
            "callback not filed", login=found[0].key, callback=found[1].key, error=type(error).__name__
        )
        return _error(503, "Try again later.")
    except LinkrollSdkError:
        return _error(500, "Unexpected error.")
    return Response(reply.body, reply.status, media_type=reply.content_type)


async def _answer(request: Request, host: Host, login: Login, found: Callback) -> Reply:
    query = _query(request)
    if request.method == "GET":
        return answer_challenge(host, login, found, query)
    body = await _body(request)
    delivery = Delivery("POST", query, dict(request.headers), body, received_at=host.now())
    documents: PublicDocuments = request.app.state.documents
    return await accept(host, login, found, delivery, documents.of(login))


async def _body(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.body()
    except TimeoutError:
        raise CallbackRejected("a body that does not arrive", 408) from None


def _query(request: Request) -> dict[str, str]:
    pairs = request.query_params.multi_items()
    query = dict(pairs)
    if len(query) != len(pairs) or len(request.url.query) > MAX_QUERY:
        # Which of two values would have been checked, and which believed?
        raise CallbackRejected("a query of no platform")
    return query


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
