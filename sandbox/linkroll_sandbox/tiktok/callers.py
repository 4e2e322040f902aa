"""Who is calling the Display API: the Bearer token, its grant, and the account behind it."""

from dataclasses import dataclass

from starlette.requests import Request

from linkroll_sandbox.cast import TikTokAccount
from linkroll_sandbox.content import accounts
from linkroll_sandbox.grants import Grant
from linkroll_sandbox.tiktok.errors import ApiError
from linkroll_sandbox.tiktok.limits import check_rate
from linkroll_sandbox.world import World, world_of


@dataclass(frozen=True)
class TikTokCaller:
    """A live access token and what it opens."""

    world: World
    grant: Grant
    item: TikTokAccount

    @property
    def account(self) -> accounts.Account:
        """The account as the truth knows it."""
        return accounts.of(self.item)

    def require(self, scope: str) -> None:
        """Raise `scope_not_authorized` unless the person granted *scope*."""
        if scope not in self.grant.scopes:
            raise ApiError("scope_not_authorized", f"The user did not authorize the scope {scope}.")


def tiktok_caller(request: Request) -> TikTokCaller:
    """The caller. Raises `rate_limit_exceeded`, and `access_token_invalid` for any token but a live one."""
    world = world_of(request)
    check_rate(world, request.scope["path"])
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = world.ledger.token(text.strip(), "tiktok") if scheme == "Bearer" else None
    if token is None or token.kind != "access" or world.ledger.why_dead(token, world.now()):
        # An expired and a revoked token look the same here (section 4).
        raise _bad_token()
    grant = world.ledger.grant_of(token)
    account = world.cast.tiktok_account(grant.subject)
    if account is None or account.closed:
        raise _bad_token()
    return TikTokCaller(world, grant, account)


def _bad_token() -> ApiError:
    return ApiError("access_token_invalid", "The access token is invalid or not found in the request.")
