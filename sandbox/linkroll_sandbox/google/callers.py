"""Who is calling a Google API: the Bearer token and the grant behind it."""

from dataclasses import dataclass

from starlette.requests import Request

from linkroll_sandbox.cast import Person
from linkroll_sandbox.google import scopes
from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.grants import Grant, Token
from linkroll_sandbox.world import World, world_of


@dataclass(frozen=True)
class GoogleCaller:
    """A live access token; `grant.subject` is the channel it acts as, empty for none."""

    world: World
    token: Token
    grant: Grant

    @property
    def person(self) -> Person:
        """The Google Account behind the token."""
        return self.world.cast.people[self.grant.person]

    def require(self, wanted: frozenset[str]) -> None:
        """Raise 403 unless one of *wanted* was granted."""
        if not scopes.within(self.grant.scopes, wanted):
            raise ApiError.missing_scope()


def google_caller(request: Request) -> GoogleCaller:
    """The caller. Raises 401 authError for anything but a live access token."""
    world = world_of(request)
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    given = text.strip() if scheme.lower() == "bearer" else request.query_params.get("access_token", "")
    token = world.ledger.token(given, "google")
    if token is None or token.kind != "access" or world.ledger.why_dead(token, world.now()):
        raise ApiError.bad_token()
    return GoogleCaller(world, token, world.ledger.grant_of(token))
