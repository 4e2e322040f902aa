"""
Instagram Login's tokens (section 3): one hour, then 60 days, then 60 days at every refresh.

There is no revoke and no debug_token for them.
"""

import secrets
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.cast import InstagramAccount
from linkroll_sandbox.clock import HOUR
from linkroll_sandbox.grants import Code, Grant, Token
from linkroll_sandbox.meta.errors import REDIRECT_MISMATCH, FlatError
from linkroll_sandbox.meta.instagram_callers import (
    InstagramCaller,
    instagram_caller,
    instagram_error,
)
from linkroll_sandbox.world import World, world_of

SHORT_LIFETIME = 1 * HOUR
LONG_LIFETIME = 5_183_944
#: A younger token cannot be refreshed.
REFRESH_AGE = 24 * HOUR


async def redeem(request: Request) -> Response:
    """POST api.instagram.com/oauth/access_token: code → short token. Errors are flat here."""
    world = world_of(request)
    form = await request.form()
    _check_client(world, form)
    code = _checked(
        world, world.ledger.codes.get(str(form.get("code", ""))), str(form.get("redirect_uri", ""))
    )
    code.used = True
    grant = world.ledger.grants[code.grant_id]
    token = _issue(world, grant, "short", SHORT_LIFETIME)
    return JSONResponse(_short_answer(world, grant, token))


def _check_client(world: World, form: FormData) -> None:
    app = world.apps["instagram"]
    if form.get("client_id") != app.client_id:
        raise FlatError("Invalid platform app")
    if form.get("client_secret") != app.client_secret:
        raise FlatError("Error validating client secret.")
    if form.get("grant_type") != "authorization_code":
        raise FlatError("Invalid grant_type: must be authorization_code")


def _checked(world: World, code: Code | None, redirect_uri: str) -> Code:
    if code is None or code.login != "instagram":
        raise FlatError("Invalid authorization code")
    if code.used:
        raise FlatError("This authorization code has been used")
    if code.expires_at <= world.now():
        raise FlatError("This authorization code has expired")
    if code.redirect_uri != redirect_uri:
        raise FlatError(REDIRECT_MISMATCH)
    return code


def _short_answer(world: World, grant: Grant, token: Token) -> dict[str, Any]:
    """Two shapes are known, live and documented; the switch `ig_token_shape` picks one [X]."""
    account = world.cast.instagram_account(grant.subject)
    assert isinstance(account, InstagramAccount)
    if world.switches["ig_token_shape"] == "wrapped":
        facts = {
            "access_token": token.value,
            "user_id": account.login_id,
            "permissions": ",".join(grant.scopes),
        }
        return {"data": [facts]}
    return {"access_token": token.value, "user_id": int(account.login_id), "permissions": list(grant.scopes)}


async def exchange(request: Request) -> Response:
    """GET /access_token?grant_type=ig_exchange_token: short → long. Needs the secret."""
    caller = instagram_caller(request)
    app = caller.world.apps["instagram"]
    if request.query_params.get("grant_type") != "ig_exchange_token":
        raise instagram_error(100, "Invalid parameter: grant_type")
    if request.query_params.get("client_secret") != app.client_secret:
        raise instagram_error(1, "Error validating client secret.")
    if caller.token.kind != "short":
        raise instagram_error(452, "Session key invalid")  # [recalled]
    return _long_answer(caller, _issue(caller.world, caller.grant, "long", LONG_LIFETIME))


async def refresh(request: Request) -> Response:
    """GET /refresh_access_token: a new 60 days. No secret needed."""
    caller = instagram_caller(request)
    if request.query_params.get("grant_type") != "ig_refresh_token":
        raise instagram_error(100, "Invalid parameter: grant_type")
    caller.require("instagram_business_basic")
    if caller.token.kind != "long":
        raise instagram_error(100, "Only long-lived tokens can be refreshed")
    if caller.world.now() - caller.token.issued_at < REFRESH_AGE:
        # The sheet gives the rule but not the code; 100 says "your request", not "dead token".
        raise instagram_error(100, "The access token must be at least 24 hours old to be refreshed")
    return _long_answer(caller, _renewed(caller))


def _renewed(caller: InstagramCaller) -> Token:
    """The text may stay or change; either way the age starts anew."""
    world = caller.world
    if world.switches["ig_refresh_string"] == "new":
        return _issue(world, caller.grant, "long", LONG_LIFETIME)
    caller.token.issued_at = world.now()
    caller.token.expires_at = world.now() + LONG_LIFETIME
    return caller.token


def _long_answer(caller: InstagramCaller, token: Token) -> Response:
    seconds = round((token.expires_at or 0) - caller.world.now())
    answer = {"access_token": token.value, "token_type": "bearer", "expires_in": seconds}
    return JSONResponse(answer | {"permissions": ",".join(caller.grant.scopes)})


def _issue(world: World, grant: Grant, kind: str, lifetime: int) -> Token:
    now = world.now()
    value = "IGAA" + secrets.token_urlsafe(60).replace("-", "Z").replace("_", "B")
    return world.ledger.add_token(Token(value, "instagram", kind, grant.id, now, now + lifetime))


code_routes = [Route("/oauth/access_token", redeem, methods=["POST"])]
routes = [Route("/access_token", exchange), Route("/refresh_access_token", refresh)]
