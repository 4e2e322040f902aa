"""Facebook's tokens (section 1): code → short → long, Page tokens, permissions, debug_token."""

import secrets
from typing import Any

from starlette.datastructures import FormData, ImmutableMultiDict, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.cast import Page
from linkroll_sandbox.grants import Code, Grant, Token
from linkroll_sandbox.meta import scopes
from linkroll_sandbox.meta.callers import (
    Caller,
    has_lapsed,
    is_app_token,
    signed_in,
    token_text,
    why_dead,
)
from linkroll_sandbox.meta.errors import REDIRECT_MISMATCH, UNREADABLE, CodeError, GraphError, death
from linkroll_sandbox.registrations import App
from linkroll_sandbox.world import World, world_of

SHORT_LIFETIME = 5_107
LONG_LIFETIME = 5_183_944

Params = ImmutableMultiDict[str, Any]


async def access_token(request: Request) -> Response:
    """`/oauth/access_token`, by GET or POST: three grant types behind one address."""
    world = world_of(request)
    params = await request.form() if request.method == "POST" else request.query_params
    app = _client(world, params)
    grant_type = params.get("grant_type", "authorization_code")
    if grant_type == "client_credentials":
        token = f"{app.client_id}|{app.client_secret}"
        return JSONResponse({"access_token": token, "token_type": "bearer"})
    if grant_type == "fb_exchange_token":
        return _exchange(world, app, str(params.get("fb_exchange_token", "")))
    return _redeem(world, params)


def _client(world: World, params: FormData | QueryParams) -> App:
    app = world.apps["facebook"]
    if params.get("client_id") != app.client_id:
        raise GraphError(
            101, "Error validating application. Cannot get application info due to a system error."
        )
    if params.get("client_secret") != app.client_secret:
        raise GraphError(1, "Error validating client secret.")
    return app


def _redeem(world: World, params: FormData | QueryParams) -> Response:
    code = world.ledger.codes.get(str(params.get("code", "")))
    code = _checked(world, code, str(params.get("redirect_uri", "")))
    code.used = True
    token = issue(world, world.ledger.grants[code.grant_id], "short")
    return _answer(world, token)


def _checked(world: World, code: Code | None, redirect_uri: str) -> Code:
    if code is None or code.login != "facebook":
        raise CodeError(100, "Invalid verification code format.")
    if code.used:
        raise CodeError(100, "This authorization code has been used.", 36009)
    if code.expires_at <= world.now():
        raise CodeError(100, "This authorization code has expired.", 36007)
    if code.redirect_uri != redirect_uri:
        raise CodeError(100, REDIRECT_MISMATCH, 36008)
    return code


def _exchange(world: World, app: App, text: str) -> Response:
    """A live user token for one of 60 days. A dead one cannot be exchanged."""
    token = world.ledger.token(text, "facebook")
    if token is None or token.kind not in ("short", "long"):
        raise GraphError.unreadable_token()
    reason = why_dead(world, token)
    if reason:
        raise GraphError.dead_token(reason, app.client_id)
    return _answer(world, issue(world, world.ledger.grant_of(token), "long"))


def issue(world: World, grant: Grant, kind: str) -> Token:
    """A user token. Every consent and every exchange makes a new one; the older live on."""
    lifetime = SHORT_LIFETIME if kind == "short" else LONG_LIFETIME
    now = world.now()
    value = "EAAG" + secrets.token_urlsafe(60).replace("-", "Z").replace("_", "B")
    return world.ledger.add_token(Token(value, "facebook", kind, grant.id, now, now + lifetime))


def _answer(world: World, token: Token) -> Response:
    seconds = round((token.expires_at or 0) - world.now())
    return JSONResponse({"access_token": token.value, "token_type": "bearer", "expires_in": seconds})


def page_token(caller: Caller, page: Page) -> str:
    """
    The Page token of *caller* for *page*: made from a long user token it has no end date.

    Asking twice gives the same text, so a list of Pages does not fill the ledger.
    """
    source = caller.token
    if source.kind == "page":
        return source.value
    expires_at = None if source.kind == "long" else source.expires_at
    for token in caller.world.ledger.tokens_of(caller.grant):
        same = (token.page_id, token.expires_at, token.ended) == (page.id, expires_at, None)
        if token.kind == "page" and same:
            return token.value
    value = "EAAG" + secrets.token_urlsafe(60).replace("-", "Z").replace("_", "B")
    token = Token(value, "facebook", "page", caller.grant.id, caller.world.now(), expires_at, page.id)
    return caller.world.ledger.add_token(token).value


async def permissions(request: Request) -> Response:
    """GET lists what was granted, declined or expired; DELETE takes one or everything back."""
    caller = signed_in(request)
    name = request.path_params.get("name")
    if request.method == "DELETE":
        return _take_back(caller, name)
    found = _statuses(caller)
    return JSONResponse({"data": [one for one in found if name in (None, one["permission"])]})


def _statuses(caller: Caller) -> list[dict[str, str]]:
    granted = [
        {"permission": one, "status": "expired" if has_lapsed(caller.world, caller.grant, one) else "granted"}
        for one in caller.grant.scopes
    ]
    return granted + [{"permission": one, "status": "declined"} for one in caller.grant.declined]


def _take_back(caller: Caller, name: str | None) -> Response:
    """Without a name the app is deauthorised: user and Page tokens die together."""
    if name is None:
        caller.world.ledger.end_grant(caller.grant, "revoked")
    else:
        caller.grant.scopes = [one for one in caller.grant.scopes if one != name]
        caller.grant.declined = [*caller.grant.declined, name]
    return JSONResponse({"success": True})


async def debug_token(request: Request) -> Response:
    """Everything about `input_token`; a dead one is described with HTTP 200."""
    world = world_of(request)
    app = world.apps["facebook"]
    if not is_app_token(app, token_text(request)):
        signed_in(request)
    text = request.query_params.get("input_token", "")
    if is_app_token(app, text):
        return JSONResponse({"data": _app_token_facts(app)})
    token = world.ledger.token(text, "facebook")
    return JSONResponse({"data": _facts(world, app, token) if token else _unreadable(app)})


def _app_token_facts(app: App) -> dict[str, Any]:
    return {"app_id": app.client_id, "type": "APP", "application": app.name, "is_valid": True, "scopes": []}


def _unreadable(app: App) -> dict[str, Any]:
    error = {"code": 190, "message": UNREADABLE}
    return {"app_id": app.client_id, "error": error, "is_valid": False, "scopes": []}


def _facts(world: World, app: App, token: Token) -> dict[str, Any]:
    grant = world.ledger.grant_of(token)
    reason = why_dead(world, token)
    facts: dict[str, Any] = {
        "app_id": app.client_id,
        "type": "PAGE" if token.kind == "page" else "USER",
        "application": app.name,
        "data_access_expires_at": int(grant.data_access_expires_at or 0),
        "expires_at": int(token.expires_at or 0),
        "is_valid": reason is None,
        "issued_at": int(token.issued_at),
        "scopes": [] if reason else list(grant.scopes),
        "user_id": grant.subject,
    }
    if token.page_id:
        facts["profile_id"] = token.page_id
    if reason:
        return facts | {"error": _death(reason, app)}
    return facts | {"granular_scopes": [_granular(world, grant, one) for one in grant.scopes]}


def _death(reason: str, app: App) -> dict[str, Any]:
    subcode, words = death(reason, app.client_id)
    return {"code": 190, "message": words, "subcode": subcode or 0}


def _granular(world: World, grant: Grant, scope: str) -> dict[str, Any]:
    """Without `target_ids` a scope covers all assets, present and future."""
    targets = None
    if scope in scopes.PAGE_SCOPES:
        targets = grant.pages
    if scope in scopes.INSTAGRAM_SCOPES:
        targets = grant.instagram
    if scope == "business_management":
        targets = [one.id for one in world.cast.businesses_of(grant.person)]
    return {"scope": scope} if targets is None else {"scope": scope, "target_ids": targets}
