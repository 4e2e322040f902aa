"""`/session`: a page signs in with a key or token once, and holds a cookie from then on (ADR 0016)."""

from __future__ import annotations

import asyncio

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response

from server.database import UNAVAILABLE
from server.host import Host
from server.identity.credentials import Credentials, NotFromPage, bearer
from server.identity.keyring import Keyring
from server.request_facts import current_request
from server.routes.cookie import clear_session_cookie, set_session_cookie
from server.schema.types.errors import coded
from server.services.callers.browser_sessions import Session, csrf_token, end_session, open_session
from server.transport import graphql_http
from server.transport.admission import Refused
from server.transport.graphql_errors import away, code_of, formatted
from server.transport.graphql_http import is_json, not_from_page
from server.transport.rate_limits import RateLimits, TooMuch

EVERY_SIGN_IN = 1_000
"""What a sign-in costs its address, good or bad: with the usual rate a hundred at once, then four a second."""
EVERY_MISS = 10
"""What it costs to ask for a session that is none."""
STATUSES = {**graphql_http.STATUSES, "UNAUTHENTICATED": 401, "OUTCOME_UNKNOWN": 503}
"""Unlike an operation's errors, which stand in an answer of their own, these are the answer."""


class SessionRoute:
    """Opens, shows and ends the sessions of browsers."""

    def __init__(self, host: Host, keyring: Keyring) -> None:
        self._host = host
        self._keyring = keyring
        self._credentials = Credentials(host.settings, keyring.failures)
        self._limits = RateLimits(host.settings.anonymous_rate_per_second)

    async def answer(self, request: Request) -> Response:
        """`POST /session` signs in, `GET` tells who is, `DELETE` signs out."""
        ways = {"POST": self._sign_in, "GET": self._show, "DELETE": self._sign_out}
        try:
            async with asyncio.timeout(self._host.settings.operation_seconds):
                return await ways[request.method](request)
        except Refused as refused:
            return _refusal(refused.errors[0])
        except NotFromPage:
            return _refusal(not_from_page())
        except (TimeoutError, *UNAVAILABLE) as error:
            return _refusal(away(error))

    async def _sign_in(self, request: Request) -> Response:
        """A new session for whoever the `Authorization` header names; the one of an older cookie is over."""
        self._admit()
        self._charge(EVERY_SIGN_IN)
        _require_form(request)
        await self._credentials.require(self._credentials.is_readers(request.headers))
        viewer = await self._keyring.viewer(bearer(request.headers.get("authorization")))
        if viewer is None or not viewer.is_live(self._host.now()):
            raise Refused(_nobody())
        replaced = self._credentials.secret(request)
        secret, session = await open_session(self._host, viewer, replaced)
        if replaced is not None:
            self._keyring.sessions.forget()
        response = _shown(secret, session, 201)
        set_session_cookie(response, self._host, secret)
        return response

    async def _show(self, request: Request) -> Response:
        """Who is signed in. A use of the session: a page that only follows events stays by it."""
        secret, session = await self._session(request)
        if session is None:
            response = _refusal(_nobody())
            # A dead cookie would have every request of the page asked for a token that it cannot have.
            clear_session_cookie(response, self._host)
            return response
        await self._keyring.sessions.use(secret)
        return _shown(secret, session, 200)

    async def _sign_out(self, request: Request) -> Response:
        """The session ends, if it has not already."""
        secret, session = await self._session(request)
        if session is not None:
            await end_session(self._host, secret, session.viewer)
            # Other processes are told; here it must hold for whoever has our answer.
            self._keyring.sessions.forget()
        response = Response(status_code=204)
        clear_session_cookie(response, self._host)
        return response

    async def _session(self, request: Request) -> tuple[str, Session | None]:
        """The secret in a page's cookie, and its session while that lives. Raises `Refused` without one."""
        credential = await self._credentials.of_request(request)
        # With a header, too: it wins, and has no session.
        if not credential.is_cookie or credential.text is None:
            raise Refused(_nobody())
        session = await self._keyring.sessions.session(credential.text)
        if session is None:
            self._admit()
            self._charge(EVERY_MISS)
        return credential.text, session

    def _admit(self) -> None:
        """Let the request's address in. Raises `Refused` while its share is used up."""
        try:
            self._limits.admit(current_request().address)
        except TooMuch as error:
            raise Refused(_too_many(error.retry_after)) from None

    def _charge(self, cost: int) -> None:
        self._limits.charge(current_request().address, cost)


def _require_form(request: Request) -> None:
    """Refuse a sign-in that another page's form, or somebody's history, could repeat."""
    if request.query_params:
        raise Refused(coded("BAD_REQUEST", "A sign-in has no parameters in its address."))
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body and not is_json(request.headers.get("content-type")):
        raise Refused(coded("UNSUPPORTED_MEDIA_TYPE", "A sign-in has no body, or one of JSON."))


def _shown(secret: str, session: Session, status: int) -> Response:
    viewer = session.viewer
    body = {
        "name": viewer.name,
        "role": viewer.role.name,
        "scope": viewer.scope.name,
        "expiresAt": viewer.expires_at,
        "csrfToken": csrf_token(secret),
    }
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), status, media_type="application/json")


def _nobody() -> GraphQLError:
    return coded("UNAUTHENTICATED", "Sign in by `POST /session` with a valid `Authorization: Bearer …`.")


def _too_many(retry_after: int) -> GraphQLError:
    message = f"There were too many sign-ins from your address. Try again in {retry_after} seconds."
    return GraphQLError(message, extensions={"code": "RATE_LIMITED", "retryAfter": retry_after})


def _refusal(error: GraphQLError) -> Response:
    """An answer that is only an error, in the form that those of `/graphql` have."""
    status = STATUSES[code_of(error)]
    response = Response(orjson.dumps({"errors": formatted([error])}), status, media_type="application/json")
    if status in (429, 503):
        response.headers["Retry-After"] = str((error.extensions or {}).get("retryAfter", 5))
    return response
