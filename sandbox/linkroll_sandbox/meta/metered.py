"""
Usage headers on every Graph answer, errors too, and throttling at 100 percent (section 6).

A user token spends the app's calls (`X-App-Usage`, code 4); a Page token those of its Page (80001), and
whatever is about an Instagram account those of that account (80002), each with
`X-Business-Use-Case-Usage`. Facebook Login and Instagram Login have separate buckets. Throttled calls
are not counted [inference].
"""

import json
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linkroll_sandbox.cast import InstagramAccount
from linkroll_sandbox.content import accounts, ids
from linkroll_sandbox.grants import Token
from linkroll_sandbox.hosts import unversioned
from linkroll_sandbox.meta.callers import token_text
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.refusals import Refusal
from linkroll_sandbox.world import World, world_of


@dataclass(frozen=True)
class Meter:
    """What one call spends: calls of the app, or of one Page or Instagram account."""

    kind: str
    object_id: str
    login: str

    @property
    def bucket(self) -> str:
        """The name its calls are counted under."""
        return f"{self.login}/{self.kind}/{self.object_id}"

    @property
    def code(self) -> int:
        """The error at 100 percent."""
        return _KINDS[self.kind][0]

    def limit(self, world: World) -> int:
        """Calls an hour."""
        return max(1, int(world.switches[_KINDS[self.kind][1]]))


_KINDS = {
    "app": (4, "meta_app_calls_per_hour"),
    "pages": (80001, "meta_page_calls_per_hour"),
    "instagram": (80002, "meta_instagram_calls_per_hour"),
}
_WORDS = {
    4: "(#4) Application request limit reached",
    80001: "(#80001) There have been too many calls to this Page account.",
    80002: "(#80002) There have been too many calls to this Instagram account.",
}


class Metered:
    """ASGI wrapper around the Graph of one login."""

    def __init__(self, app: ASGIApp, login: str) -> None:
        self.app = app
        self.login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, refuse at the limit, and put the headers on whatever comes back."""
        request = Request(scope, receive)
        world = world_of(request)
        meter = _meter(request, world, self.login)
        if meter is None:
            await self.app(scope, receive, send)
            return
        try:
            _spend(world, meter)
            await self.app(scope, receive, _with_headers(world, meter, send))
        except Refusal as refusal:
            await refusal.response()(scope, receive, _with_headers(world, meter, send))


def _meter(request: Request, world: World, login: str) -> Meter | None:
    """None for the calls about tokens themselves, which nobody counts here."""
    token = world.ledger.token(token_text(request), login)
    if token is None:
        return None
    if login == "instagram":
        return Meter("instagram", world.ledger.grant_of(token).subject, login)
    return _facebook_meter(request, world, token)


def _facebook_meter(request: Request, world: World, token: Token) -> Meter:
    account = _instagram_account(world, _node(request))
    if account is not None:
        return Meter("instagram", account.id, "facebook")
    if token.page_id:
        return Meter("pages", token.page_id, "facebook")
    return Meter("app", world.apps["facebook"].client_id, "facebook")


def _node(request: Request) -> str:
    within = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return unversioned(within).lstrip("/").partition("/")[0]


def _instagram_account(world: World, node: str) -> InstagramAccount | None:
    """The Instagram account that *node* is, or whose medium it is."""
    found = [one for one in world.cast.instagram if one.id == node or ids.read(accounts.of(one), node)]
    return found[0] if found else None


def _spend(world: World, meter: Meter) -> None:
    now = world.now()
    if world.usage.calls(meter.bucket, now) >= meter.limit(world):
        raise GraphError(meter.code, _WORDS[meter.code])
    world.usage.count(meter.bucket, now)


def _with_headers(world: World, meter: Meter, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            name, value = _header(world, meter)
            MutableHeaders(scope=message).setdefault(name, value)
        await send(message)

    return sending


def _header(world: World, meter: Meter) -> tuple[str, str]:
    now, limit = world.now(), meter.limit(world)
    share = min(100, world.usage.calls(meter.bucket, now) * 100 // limit)
    # Time is not what runs short in the sandbox; it is told as half of the calls.
    used = {"call_count": share, "total_cputime": share // 2, "total_time": share // 2}
    if meter.kind == "app":
        return "X-App-Usage", json.dumps(used)
    wait = world.usage.minutes_until(meter.bucket, now, limit)
    told = {"type": meter.kind, **used, "estimated_time_to_regain_access": wait}
    return "X-Business-Use-Case-Usage", json.dumps({meter.object_id: [told]})
