"""Who is calling graph.instagram.com, and how that host words its errors."""

from dataclasses import dataclass

from starlette.requests import Request

from linkroll_sandbox.cast import InstagramAccount
from linkroll_sandbox.grants import Grant, Token
from linkroll_sandbox.meta.callers import token_text
from linkroll_sandbox.meta.errors import GraphError, death
from linkroll_sandbox.world import World, world_of

_KIND = "IGApiException"


@dataclass(frozen=True)
class InstagramCaller:
    """A live Instagram Login token and the one account it acts as."""

    world: World
    token: Token
    grant: Grant
    account: InstagramAccount

    def require(self, scope: str) -> None:
        """Raise code 10 unless *scope* is granted."""
        if scope not in self.grant.scopes:
            raise instagram_error(10, f"(#10) This call requires the {scope} permission")


def instagram_error(code: int, message: str, subcode: int | None = None) -> GraphError:
    """The envelope with the type that is usual on this host (section 5)."""
    return GraphError(code, message, subcode=subcode, kind=_KIND)


def check_professional(account: InstagramAccount) -> None:
    """Section 5: the account became personal; only its owner can switch it back."""
    if not account.is_professional:
        raise instagram_error(9009, "(#9009) The user is not an Instagram Business account")


def instagram_caller(request: Request) -> InstagramCaller:
    """The caller, or code 190 with the words that tell why the token died."""
    world = world_of(request)
    token = world.ledger.token(token_text(request), "instagram")
    if token is None:
        raise GraphError.unreadable_token()
    grant = world.ledger.grant_of(token)
    account = world.cast.instagram_account(grant.subject)
    reason = world.ledger.why_dead(token, world.now())
    if account is None or account.closed:
        reason = "account_closed"
    if reason:
        raise _dead(world, reason)
    assert account is not None
    return InstagramCaller(world, token, grant, account)


def _dead(world: World, reason: str) -> GraphError:
    """Here the subcode is usually missing or 0, so the words are all there is [section 5]."""
    subcode, words = death(reason, world.apps["instagram"].client_id)
    shown = {"omit": None, "zero": 0, "full": subcode}[world.switches["ig_subcodes"]]
    return GraphError(190, words, subcode=shown)
