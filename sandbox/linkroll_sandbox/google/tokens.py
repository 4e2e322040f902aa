"""Google's tokens (section 1): an hour of access, a refresh token that is not rotated, one revoke."""

import base64
import hashlib
import secrets
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.clock import DAY
from linkroll_sandbox.google import scopes
from linkroll_sandbox.google.errors import OAuthError
from linkroll_sandbox.google.id_token import id_token
from linkroll_sandbox.grants import Code, Grant, Token
from linkroll_sandbox.world import World, world_of

ACCESS_LIFETIME = 3_599
TESTING_LIFETIME = 7 * DAY
IDLE_LIMIT = 182 * DAY
#: Live refresh tokens for one Google Account and client; the oldest dies without a word.
LIVE_LIMIT = 100


async def token(request: Request) -> Response:
    """POST /token."""
    world = world_of(request)
    form = await request.form()
    _check_client(world, request, form)
    grants = {"authorization_code": _redeem, "refresh_token": _refresh}
    redeem = grants.get(str(form.get("grant_type", "")))
    if redeem is None:
        raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
    return redeem(world, form)


async def revoke(request: Request) -> Response:
    """POST /revoke: takes either token and ends everything this person granted to the project."""
    world = world_of(request)
    form = await request.form()
    text = str(form.get("token") or request.query_params.get("token", ""))
    found = world.ledger.token(text, "google")
    if found is None or world.ledger.why_dead(found, world.now()):
        raise OAuthError("invalid_token", "Token expired or revoked")
    person = world.ledger.grant_of(found).person
    for grant in world.ledger.live_grants("google", person):
        world.ledger.end_grant(grant, "revoked")
    return JSONResponse({})


def _check_client(world: World, request: Request, form: FormData) -> None:
    app = world.apps["google"]
    given = _basic(request) or (form.get("client_id"), form.get("client_secret"))
    if given[0] != app.client_id:
        raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
    if given[1] != app.client_secret:
        raise OAuthError("invalid_client", "Unauthorized", 401)


def _basic(request: Request) -> tuple[str, str] | None:
    """Client credentials in the header, which Google takes as well [recalled]."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(text).decode().partition(":")
    except ValueError as error:
        raise OAuthError("invalid_client", "Unauthorized", 401) from error
    return name, secret


def _redeem(world: World, form: FormData) -> Response:
    code = world.ledger.codes.get(str(form.get("code", "")))
    code = _checked(world, code, form)
    code.used = True
    grant = world.ledger.grants[code.grant_id]
    answer = _access_answer(world, grant, code.nonce)
    if code.wants_refresh:
        answer |= _refresh_answer(world, grant, _consent_ends(world, grant))
    return JSONResponse(answer)


def _checked(world: World, code: Code | None, form: FormData) -> Code:
    if code is None or code.login != "google":
        raise OAuthError("invalid_grant", "Malformed auth code.")
    if code.used or code.expires_at <= world.now():
        raise OAuthError("invalid_grant", "Bad Request")
    if form.get("redirect_uri") != code.redirect_uri:
        raise OAuthError("redirect_uri_mismatch", "Bad Request")
    _check_verifier(code, str(form.get("code_verifier", "")))
    return code


def _check_verifier(code: Code, verifier: str) -> None:
    """PKCE is optional for web clients, but once begun it must be kept up."""
    if not code.challenge:
        if verifier:
            raise OAuthError("invalid_grant", "code_verifier or verifier is not needed.")  # [recalled]
        return
    if not verifier:
        raise OAuthError("invalid_grant", "Missing code verifier.")
    if _challenge(verifier, code.challenge_method) != code.challenge:
        raise OAuthError("invalid_grant", "Invalid code verifier.")


def _challenge(verifier: str, method: str) -> str:
    if method != "S256":
        return verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _refresh(world: World, form: FormData) -> Response:
    """
    A new access token; normally nothing else, and the refresh token stays the same.

    With `google_refresh_token` at `send_new` a second refresh token comes along. Google ends none
    of them for it, so the old one works on [inference].
    """
    found = world.ledger.token(str(form.get("refresh_token", "")), "google")
    if found is None or found.kind != "refresh" or _why_dead(world, found):
        raise OAuthError("invalid_grant", "Token has been expired or revoked.")
    found.last_used_at = world.now()
    grant = world.ledger.grant_of(found)
    answer = _access_answer(world, grant)
    if world.switches["google_refresh_token"] == "send_new":
        return JSONResponse(answer | _refresh_answer(world, grant, found.expires_at))
    return JSONResponse(answer | _remaining(world, found))


def _remaining(world: World, refresh: Token) -> dict[str, int]:
    """`refresh_token_expires_in`: time-based grants only, and only what is left [recalled]."""
    if refresh.expires_at is None:
        return {}
    return {"refresh_token_expires_in": int(refresh.expires_at - world.now())}


def _why_dead(world: World, refresh: Token) -> str | None:
    """Also dead: a refresh token that nobody used for six months."""
    if world.now() - refresh.last_used_at > IDLE_LIMIT:
        refresh.ended = refresh.ended or "idle"
    return world.ledger.why_dead(refresh, world.now())


def _access_answer(world: World, grant: Grant, nonce: str = "") -> dict[str, Any]:
    now = world.now()
    value = "ya29.a0" + secrets.token_urlsafe(120)
    world.ledger.add_token(Token(value, "google", "access", grant.id, now, now + ACCESS_LIFETIME))
    answer: dict[str, Any] = {
        "access_token": value,
        "expires_in": ACCESS_LIFETIME,
        "scope": " ".join(grant.scopes),
        "token_type": "Bearer",
    }
    if scopes.OPENID in grant.scopes:
        answer["id_token"] = id_token(world, grant, value, nonce)
    return answer


def _refresh_answer(world: World, grant: Grant, ends: float | None) -> dict[str, Any]:
    """A refresh token; one of an app in testing says when it dies."""
    now = world.now()
    value = "1//0g" + secrets.token_urlsafe(60)
    issued = Token(value, "google", "refresh", grant.id, now, ends, last_used_at=now)
    world.ledger.add_token(issued)
    _crowd_out(world, grant.person)
    return {"refresh_token": value, **_remaining(world, issued)}


def _consent_ends(world: World, grant: Grant) -> float | None:
    """When a consent of now dies by itself: in seven days while the app is in testing, else never."""
    return world.now() + TESTING_LIFETIME if _is_timed(world, grant) else None


def _is_timed(world: World, grant: Grant) -> bool:
    """Seven days, for any scope beyond name, email and profile (section 1)."""
    beyond = set(grant.scopes) - scopes.SIGN_IN
    return world.apps["google"].status == "testing" and bool(beyond)


def _crowd_out(world: World, person: str) -> None:
    live = [
        one
        for grant in world.ledger.live_grants("google", person)
        for one in world.ledger.tokens_of(grant)
        if one.kind == "refresh" and world.ledger.why_dead(one, world.now()) is None
    ]
    for oldest in sorted(live, key=lambda one: one.issued_at)[:-LIVE_LIMIT]:
        oldest.ended = "crowded_out"


routes = [
    Route("/token", token, methods=["POST"]),
    Route("/revoke", revoke, methods=["POST"]),
]
