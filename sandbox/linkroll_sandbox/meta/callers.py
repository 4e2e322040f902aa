"""Who is calling the Graph API: the token, the grant behind it, and what that may see."""

import hashlib
import hmac
from dataclasses import dataclass

from starlette.requests import Request

from linkroll_sandbox.cast import InstagramAccount, Page, Person
from linkroll_sandbox.clock import MINUTE
from linkroll_sandbox.grants import Grant, Token
from linkroll_sandbox.meta import scopes
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.registrations import App
from linkroll_sandbox.world import World, world_of


@dataclass(frozen=True)
class Caller:
    """A live user or Page token and everything that hangs on it."""

    world: World
    token: Token
    grant: Grant

    @property
    def person(self) -> Person:
        """Whose consent stands behind the call."""
        return self.world.cast.people[self.grant.person]

    @property
    def page(self) -> Page | None:
        """The Page this token acts as, for a Page token."""
        return self.world.cast.page(self.token.page_id)

    def may(self, scope: str) -> bool:
        """Whether *scope* is granted and its data access has not lapsed."""
        return scope in self.grant.scopes and not has_lapsed(self.world, self.grant, scope)

    def require(self, scope: str, code: int = 10) -> None:
        """Raise the permission error that names *scope*."""
        if not self.may(scope):
            raise GraphError(code, f"(#{code}) Requires {scope} permission to manage the object", status=403)

    def ticked(self, page: Page) -> bool:
        """Whether the person let this app see *page* in the asset step."""
        return self.grant.pages is None or page.id in self.grant.pages

    def ticked_instagram(self, account: InstagramAccount) -> bool:
        """The same for an Instagram account behind a Page."""
        return self.grant.instagram is None or account.id in self.grant.instagram

    def pages(self) -> list[Page]:
        """Every Page this call can reach: by role and tick, or the one it acts as."""
        if self.page is not None:
            return [] if self.page.closed else [self.page]
        return [page for page in self.world.cast.pages_of(self.person.key) if self.ticked(page)]


def has_lapsed(world: World, grant: Grant, scope: str) -> bool:
    """Whether the 90-day clock has closed *scope*; the exemptions are a switch [X, section 1]."""
    if grant.data_access_expires_at is None or grant.data_access_expires_at > world.now():
        return False
    return world.switches["facebook_data_access"] == "everything" or not scopes.is_exempt(scope)


def token_text(request: Request) -> str:
    """The token as `access_token` in the query, or as Bearer."""
    given = request.query_params.get("access_token", "")
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return given or (bearer.strip() if scheme.lower() == "bearer" else "")


def facebook_caller(request: Request) -> Caller:
    """The caller of a data call. Raises code 10 once data access has lapsed altogether."""
    caller = signed_in(request)
    lapsed = has_lapsed(caller.world, caller.grant, "public_profile")
    if lapsed and caller.world.switches["facebook_data_access"] == "everything":
        # The sheet has one report of this and no code for it; 10 says "ask the person again".
        raise GraphError(10, "(#10) The user's data access has expired.", status=403)
    return caller


def signed_in(request: Request) -> Caller:
    """The caller at graph.facebook.com. Raises code 190, or 100 for a bad secret proof."""
    world = world_of(request)
    text = token_text(request)
    if not text:
        raise GraphError(
            2500, "An active access token must be used to query information about the current user."
        )
    token = world.ledger.token(text, "facebook")
    if token is None:
        raise GraphError.unreadable_token()
    check_proof(world, request, text)
    reason = why_dead(world, token)
    if reason:
        raise GraphError.dead_token(reason, world.apps["facebook"].client_id)
    token.last_used_at = world.now()
    return Caller(world, token, world.ledger.grant_of(token))


def why_dead(world: World, token: Token) -> str | None:
    """Also dead: a Page token whose Page is gone or whose person lost the role."""
    reason = world.ledger.why_dead(token, world.now())
    page = world.cast.page(token.page_id)
    if reason or page is None:
        return reason
    if page.closed:
        return "page_gone"
    return None if world.ledger.grant_of(token).person in page.roles else "role_lost"


def is_app_token(app: App, text: str) -> bool:
    """`{app id}|{app secret}` is the app itself (section 1)."""
    return hmac.compare_digest(text.encode(), f"{app.client_id}|{app.client_secret}".encode())


def check_proof(world: World, request: Request, token: str) -> None:
    """`appsecret_proof`: checked when sent, demanded by the switch (section 1)."""
    proof = request.query_params.get("appsecret_proof")
    if proof is None:
        if world.is_on("require_appsecret_proof"):
            raise GraphError(100, "API calls from the server require an appsecret_proof argument")
        return
    stamp = request.query_params.get("appsecret_time", "")
    expected = _proof(world.apps["facebook"].client_secret, f"{token}|{stamp}" if stamp else token)
    if not hmac.compare_digest(proof.encode(), expected.encode()) or _is_stale(world, stamp):
        raise GraphError(
            100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException"
        )


def _proof(secret: str, message: str) -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def _is_stale(world: World, stamp: str) -> bool:
    """A timed proof is good for five minutes [recalled]."""
    return bool(stamp) and (not stamp.isdigit() or abs(world.now() - int(stamp)) > 5 * MINUTE)
