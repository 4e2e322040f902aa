"""
An Instagram account as one of the two surfaces shows it.

The media and insights of an account are the same at graph.facebook.com and graph.instagram.com; what
differs is the permissions, the type of errors, and what only Facebook's surface has.
"""

from dataclasses import dataclass

from linkroll_sandbox.cast import InstagramAccount
from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.meta.callers import Caller
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.meta.insights.told import followers_shown
from linkroll_sandbox.meta.instagram_callers import InstagramCaller
from linkroll_sandbox.world import World


@dataclass(frozen=True)
class InstagramView:
    """An account and who looks at it."""

    account: InstagramAccount
    caller: Caller | InstagramCaller

    @property
    def world(self) -> World:
        """The world that both belong to."""
        return self.caller.world

    @property
    def truth(self) -> accounts.Account:
        """The account as the truth knows it."""
        return accounts.of(self.account)

    @property
    def followers(self) -> int:
        """How many follow the account now."""
        return followers_shown(self.world, self.truth)

    @property
    def media_count(self) -> int:
        """How many posts the account has, those from before the sandbox's schedule too."""
        return library.count(self.world, self.truth)

    @property
    def on_facebook(self) -> bool:
        """Whether this is graph.facebook.com."""
        return isinstance(self.caller, Caller)

    @property
    def kind(self) -> str:
        """The type of errors that is usual on this surface (section 5)."""
        return "OAuthException" if self.on_facebook else "IGApiException"

    def require_media(self) -> None:
        """Profile and media need the basic permission."""
        self.caller.require("instagram_basic" if self.on_facebook else "instagram_business_basic")

    def require_insights(self) -> None:
        """Insights need their own, on top of the basic one (section 2)."""
        self.require_media()
        facebook, instagram = "instagram_manage_insights", "instagram_business_manage_insights"
        self.caller.require(facebook if self.on_facebook else instagram)

    def error(
        self, code: int, message: str, subcode: int | None = None, user_title: str | None = None
    ) -> GraphError:
        """An error in this surface's envelope."""
        return GraphError(code, message, subcode=subcode, kind=self.kind, user_title=user_title)
