"""Who a Google token belongs to: tokeninfo, userinfo, and the keys of the id_token (section 1)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.google import scopes
from linkroll_sandbox.google.callers import GoogleCaller, google_caller
from linkroll_sandbox.google.errors import OAuthError
from linkroll_sandbox.google.id_token import profile_claims, read_id_token
from linkroll_sandbox.google.keys import key_set
from linkroll_sandbox.world import World, world_of


async def tokeninfo(request: Request) -> Response:
    """`?access_token=` or `?id_token=`; every number is a string here [recalled]."""
    world = world_of(request)
    params = {**request.query_params, **(await request.form())}
    if "id_token" in params:
        claims = read_id_token(world, str(params["id_token"])) or {}
        if claims.get("exp", 0) <= world.now():
            raise OAuthError("invalid_token", "Invalid Value")
        return JSONResponse({name: str(value) for name, value in claims.items()})
    return JSONResponse(_access_facts(world, str(params.get("access_token", ""))))


def _access_facts(world: World, text: str) -> dict[str, str]:
    token = world.ledger.token(text, "google")
    if token is None or token.kind != "access" or world.ledger.why_dead(token, world.now()):
        raise OAuthError("invalid_token", "Invalid Value")
    grant = world.ledger.grant_of(token)
    app = world.apps["google"]
    ends = token.expires_at or 0
    return {
        "azp": app.client_id,
        "aud": app.client_id,
        "sub": world.cast.people[grant.person].google_sub,
        "scope": " ".join(grant.scopes),
        "exp": str(int(ends)),
        "expires_in": str(round(ends - world.now())),
        "access_type": "offline",
    }


async def userinfo(request: Request) -> Response:
    """/oauth2/v2/userinfo: `id` and the profile."""
    caller = _signed_in(request)
    claims = profile_claims(caller.person, caller.grant.scopes)
    claims.pop("email_verified", None)
    return JSONResponse({"id": caller.person.google_sub, **claims, "locale": "de"})


async def openid_userinfo(request: Request) -> Response:
    """The OpenID form: `sub` and the profile [recalled]."""
    caller = _signed_in(request)
    claims = profile_claims(caller.person, caller.grant.scopes)
    return JSONResponse({"sub": caller.person.google_sub, **claims})


def _signed_in(request: Request) -> GoogleCaller:
    caller = google_caller(request)
    caller.require(scopes.SIGN_IN)
    return caller


async def certs(request: Request) -> Response:
    """The public keys of id_tokens and security events; a rotation changes them."""
    return JSONResponse(key_set(world_of(request).google))


tokeninfo_routes = [Route("/tokeninfo", tokeninfo, methods=["GET", "POST"])]
userinfo_routes = [Route("/oauth2/v2/userinfo", userinfo), Route("/oauth2/v3/certs", certs)]
openid_routes = [Route("/v1/userinfo", openid_userinfo)]
