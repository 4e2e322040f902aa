"""Where a receiver of security events learns issuer and keys (section 6)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.google.security_events import ISSUER

JWKS_URI = "https://www.googleapis.com/oauth2/v3/certs"
_PUSH = "https://schemas.openid.net/secevent/risc/delivery-method/push"


async def configuration(request: Request) -> Response:
    """GET /.well-known/risc-configuration; the addresses in it are the real ones."""
    stream = "https://risc.googleapis.com/v1beta/stream"
    body = {
        "issuer": ISSUER,
        "jwks_uri": JWKS_URI,
        "delivery_methods_supported": [_PUSH],
        "configuration_endpoint": stream,
        "status_endpoint": f"{stream}/status",
        "verification_endpoint": f"{stream}:verify",
    }
    return JSONResponse(body)


routes = [Route("/.well-known/risc-configuration", configuration)]
