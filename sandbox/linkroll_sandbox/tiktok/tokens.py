"""TikTok's tokens (section 1): short access, rotating refresh, and an end date nobody can move."""

import hashlib
import secrets

from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.clock import DAY, HOUR
from linkroll_sandbox.deliveries import automatic
from linkroll_sandbox.grants import Code, Grant, Token
from linkroll_sandbox.tiktok.errors import OAuthError
from linkroll_sandbox.world import World, world_of

#: Access and refresh lifetimes: the documents of November 2026, and what held before.
_LIFETIMES = {"new": (2 * HOUR, 180 * DAY), "old": (24 * HOUR, 365 * DAY)}


async def token(request: Request) -> Response:
    """POST /v2/oauth/token/: flat answers, flat errors."""
    world = world_of(request)
    form = await request.form()
    _check_client(world, form)
    grants = {"authorization_code": _redeem, "refresh_token": _refresh}
    redeem = grants.get(str(form.get("grant_type", "")))
    if redeem is None:
        raise _error(world, "unsupported_grant_type", "The grant type is not supported.")
    return redeem(world, form)


async def revoke(request: Request) -> Response:
    """POST /v2/oauth/revoke/: takes an access token; both tokens of the grant die."""
    world = world_of(request)
    form = await request.form()
    _check_client(world, form)
    found = world.ledger.token(str(form.get("token", "")), "tiktok")
    if found is None or found.kind != "access":
        raise _error(world, "invalid_request", "The access token is invalid or not found.")
    grant = world.ledger.grant_of(found)
    callbacks = automatic.revoked(world, grant)
    world.ledger.end_grant(grant, "revoked")
    return JSONResponse({}, background=BackgroundTask(automatic.send_all, world, callbacks))


def _check_client(world: World, form: FormData) -> None:
    app = world.apps["tiktok"]
    if form.get("client_key") != app.client_id or form.get("client_secret") != app.client_secret:
        raise _error(world, "invalid_client", "Client key or secret is incorrect.")


def _redeem(world: World, form: FormData) -> Response:
    code = world.ledger.codes.get(str(form.get("code", "")))
    code = _checked(world, code, form)
    code.used = True
    grant = world.ledger.grants[code.grant_id]
    _, lifetime = _LIFETIMES[world.switches["tiktok_lifetimes"]]
    return _pair(world, grant, refresh_ends=world.now() + lifetime)


def _checked(world: World, code: Code | None, form: FormData) -> Code:
    if code is None or code.login != "tiktok":
        raise _error(world, "invalid_grant", "Authorization code is invalid.")
    if code.used:
        raise _error(world, "invalid_grant", "Authorization code has already been used.")
    if code.expires_at <= world.now():
        raise _error(world, "invalid_grant", "Authorization code is expired.")
    if form.get("redirect_uri") != code.redirect_uri:
        raise _error(
            world, "invalid_request", "Redirect_uri is not matched with the uri when requesting code."
        )
    # Without a challenge at the start a verifier is ignored, as on the real web flow.
    if code.challenge and _challenge(str(form.get("code_verifier", ""))) != code.challenge:
        raise _error(world, "invalid_request", "Code verifier or code challenge is invalid.")
    return code


def _challenge(verifier: str) -> str:
    return hashlib.sha256(verifier.encode()).hexdigest()


def _refresh(world: World, form: FormData) -> Response:
    """A new pair. The old refresh token is spent; the end date of the grant does not move."""
    old = world.ledger.token(str(form.get("refresh_token", "")), "tiktok")
    if old is None or old.kind != "refresh" or world.ledger.why_dead(old, world.now()):
        raise _error(world, "invalid_grant", "Refresh token is invalid or expired.")
    grant = world.ledger.grant_of(old)
    if _is_closed(world, grant):
        raise _error(world, "invalid_grant", "Refresh token is invalid or expired.")
    old.ended = "rotated"
    return _pair(world, grant, refresh_ends=old.expires_at or world.now())


def _is_closed(world: World, grant: Grant) -> bool:
    account = world.cast.tiktok_account(grant.subject)
    return account is None or account.closed


def _pair(world: World, grant: Grant, refresh_ends: float) -> Response:
    """Both numbers are seconds that remain, so the second one shrinks from refresh to refresh."""
    now = world.now()
    lifetime, _ = _LIFETIMES[world.switches["tiktok_lifetimes"]]
    access = Token(_text("act"), "tiktok", "access", grant.id, now, min(now + lifetime, refresh_ends))
    refresh = Token(_text("rft"), "tiktok", "refresh", grant.id, now, refresh_ends)
    world.ledger.add_token(access)
    world.ledger.add_token(refresh)
    answer = {
        "open_id": grant.subject,
        "scope": ",".join(grant.scopes),
        "access_token": access.value,
        "expires_in": round((access.expires_at or now) - now),
        "refresh_token": refresh.value,
        "refresh_expires_in": round(refresh_ends - now),
        "token_type": "Bearer",
    }
    return JSONResponse(answer)


def _text(prefix: str) -> str:
    return f"{prefix}.{secrets.token_urlsafe(40)}!{secrets.randbelow(9000) + 1000}.va"


def _error(world: World, error: str, description: str) -> OAuthError:
    return OAuthError(error, description, int(world.switches["tiktok_oauth_error_status"]))


routes = [
    Route("/v2/oauth/token/", token, methods=["POST"]),
    Route("/v2/oauth/revoke/", revoke, methods=["POST"]),
]
