"""The sandbox as one ASGI app: every host a path prefix, and the control pages beside them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from linkroll_sandbox import short_links
from linkroll_sandbox.control import routes as control
from linkroll_sandbox.front_desk import FrontDesk
from linkroll_sandbox.google import accounts, analytics, identity, youtube
from linkroll_sandbox.google import tokens as google_tokens
from linkroll_sandbox.meta import (
    facebook_dialog,
    facebook_graph,
    instagram_authorize,
    instagram_graph,
    instagram_tokens,
)
from linkroll_sandbox.meta.metered import Metered
from linkroll_sandbox.meta.versions import VersionOptional
from linkroll_sandbox.refusals import Refusal, answer_refusal
from linkroll_sandbox.statefile import StateFile
from linkroll_sandbox.tiktok import authorize as tiktok_authorize
from linkroll_sandbox.tiktok import display
from linkroll_sandbox.tiktok import tokens as tiktok_tokens
from linkroll_sandbox.world import World

#: What each host serves. A path is the real one; on the Graph hosts its version may be left out.
HOSTS: dict[str, ASGIApp] = {
    "www.facebook.com": VersionOptional(
        Router([*facebook_dialog.routes, *short_links.routes_of("www.facebook.com")])
    ),
    "graph.facebook.com": Metered(VersionOptional(Router(facebook_graph.routes)), "facebook"),
    "www.instagram.com": Router([*instagram_authorize.routes, *short_links.routes_of("www.instagram.com")]),
    "api.instagram.com": Router([*instagram_authorize.routes, *instagram_tokens.code_routes]),
    "graph.instagram.com": Metered(
        VersionOptional(Router([*instagram_tokens.routes, *instagram_graph.routes])), "instagram"
    ),
    "www.tiktok.com": Router(
        [*tiktok_authorize.routes, *short_links.routes_of("www.tiktok.com")], redirect_slashes=False
    ),
    "open.tiktokapis.com": Router([*tiktok_tokens.routes, *display.routes], redirect_slashes=False),
    "accounts.google.com": Router(accounts.routes),
    "oauth2.googleapis.com": Router([*google_tokens.routes, *identity.tokeninfo_routes]),
    "openidconnect.googleapis.com": Router(identity.openid_routes),
    "www.googleapis.com": Router([*identity.userinfo_routes, *youtube.routes]),
    "youtube.googleapis.com": Router(youtube.routes),
    "youtubeanalytics.googleapis.com": Router(analytics.routes),
    "vm.tiktok.com": Router(short_links.routes_of("vm.tiktok.com")),
    "vt.tiktok.com": Router(short_links.routes_of("vt.tiktok.com")),
    "fb.me": Router(short_links.routes_of("fb.me")),
}


def build_app(world: World | None = None, state_file: Path | None = None) -> Starlette:
    """A sandbox around *world*; with *state_file* the world outlives the process."""
    world = world or World()
    file = StateFile(state_file, world) if state_file else None

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        if file:
            file.write()

    if file:
        file.load()
    changed = file.touch if file else _nothing
    app = Starlette(
        routes=[
            Route("/", _to_control),
            Mount("/_control", Router(control.routes)),
            *(Mount(f"/{host}", served) for host, served in HOSTS.items()),
        ],
        middleware=[Middleware(FrontDesk, world=world, changed=changed)],
        exception_handlers={Refusal: answer_refusal, 404: _not_played},
        lifespan=lifespan,
    )
    app.state.world = world
    return app


def _nothing() -> None:
    """Nobody keeps a file, so a change needs no note."""


async def _to_control(request: Request) -> Response:
    return RedirectResponse("/_control/")


async def _not_played(request: Request, missing: Exception) -> Response:
    words = f"The sandbox does not play {request.url.path}. GET /_control/ shows what it does."
    return JSONResponse({"sandbox": words}, status_code=404)
