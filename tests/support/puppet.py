"""Chirp by a plugin that does at each hook what a test wants: raise, hang, or answer anything at all."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from linkroll_sdk import (
    AccountReadings,
    AccountUrls,
    Address,
    AuthorizeRequest,
    Candidate,
    FoundPost,
    Grant,
    Health,
    Platform,
    PlatformError,
    PostKind,
    PostPage,
    PostReadings,
    ProfileRef,
    Reading,
    Response,
    Revocation,
    TokenSet,
    UrlResult,
    Usage,
)
from pydantic import SecretStr

from server.platforms import Platforms, Plugin, load_platforms
from server.settings import LoginSettings
from support.chirp import ChirpCallback, ChirpLogin, ChirpUrls
from support.chirp_metrics import FOLLOWERS, POST_VIEWS, ChirpFetcher

SECRET = "planted-secret-words"
Act = Callable[[], Any]
"""What happens at a hook in place of what usually does: raises, or gives an answer or an awaitable of one."""


class Acts:
    """What happens at which hook. Those without an act behave."""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}
        self.calls: list[str] = []

    def at(self, hook: str, usual: Any) -> Any:
        """The answer of a plain hook."""
        self.calls.append(hook)
        return self.acts[hook]() if hook in self.acts else usual

    async def later(self, hook: str, usual: Any) -> Any:
        """The answer of an async hook."""
        answer = self.at(hook, usual)
        return await answer if inspect.isawaitable(answer) else answer


class PuppetUrls(ChirpUrls):
    """Chirp's grammar."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts

    def claims(self, address: Address) -> bool:
        return bool(self.acts.at("claims", super().claims(address)))

    def parse(self, address: Address) -> UrlResult:
        return self.acts.at("parse", ProfileRef(address.segments[0]))  # type: ignore[no-any-return]

    def parse_handle(self, text: str) -> Any:
        return self.acts.at("parse_handle", ProfileRef(text))

    def profile_url(self, ref: ProfileRef) -> str:
        return self.acts.at("profile_url", super().profile_url(ref))  # type: ignore[no-any-return]


class PuppetCallback(ChirpCallback):
    """Chirp's callback."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts

    def answer_challenge(self, *args: Any) -> Any:
        return self.acts.at("answer_challenge", super().answer_challenge(*args))

    async def read(self, *args: Any) -> Any:
        return await self.acts.later("read", await super().read(*args))

    def reply(self, *args: Any) -> Any:
        return self.acts.at("reply", super().reply(*args))


class PuppetLogin(ChirpLogin):
    """Chirp's login, with refresh, probe and revocation."""

    refreshes = True
    revocation = Revocation.TOKEN

    def __init__(self, acts: Acts) -> None:
        self.acts = acts
        self.callbacks = (PuppetCallback(acts),)

    def authorize_url(self, request: AuthorizeRequest) -> str:
        return self.acts.at("authorize_url", super().authorize_url(request))  # type: ignore[no-any-return]

    def read_callback(self, params: Mapping[str, str]) -> str:
        return self.acts.at("read_callback", super().read_callback(params))  # type: ignore[no-any-return]

    async def exchange(self, *_: object) -> Any:
        return await self.acts.later("exchange", Grant("subject", TokenSet("token"), frozenset({"read"})))

    async def discover(self, *_: object) -> Any:
        return await self.acts.later("discover", [Candidate("chirp", "1", handle="mara")])

    async def refresh(self, *_: object) -> Any:
        return await self.acts.later("refresh", TokenSet("renewed"))

    async def probe(self, *_: object) -> Any:
        return await self.acts.later("probe", Health())

    async def revoke(self, *_: object) -> Any:
        return await self.acts.later("revoke", None)

    def fingerprints(self, tokens: TokenSet) -> frozenset[str]:
        return self.acts.at("fingerprints", frozenset())  # type: ignore[no-any-return]

    def usage(self, response: Response) -> Sequence[Usage]:
        return self.acts.at("usage", ())  # type: ignore[no-any-return]

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        return self.acts.at("classify", None)  # type: ignore[no-any-return]


@dataclass
class PuppetFetcher(ChirpFetcher):
    """Chirp's numbers, without a network."""

    acts: Acts = field(default_factory=Acts)

    async def read_account(self, *_: Any) -> Any:
        return await self.acts.later("read_account", AccountReadings((Reading.of(FOLLOWERS, 7.0),), "v1"))

    async def list_posts(self, *_: Any) -> Any:
        post = FoundPost("p1", PostKind.IMAGE, datetime.now(UTC))
        return await self.acts.later("list_posts", PostPage((post,), "v1"))

    async def list_stories(self, *_: Any) -> Any:
        return await self.acts.later("list_stories", PostPage((), "v1"))

    async def read_posts(self, *_: Any) -> Any:
        readings = PostReadings({"p1": (Reading.of(POST_VIEWS, 3.0),)}, "v1")
        return await self.acts.later("read_posts", readings)


def puppet_platforms(acts: Acts, *, urls: AccountUrls | None = None) -> Platforms:
    """A registry that knows the puppet, and the platforms of the plugins that are installed."""
    platform = Platform(
        "chirp", "Chirp", urls or PuppetUrls(acts), (PuppetLogin(acts),), PuppetFetcher(acts=acts)
    )
    return Platforms((Plugin("chirp", "linkroll-chirp", "1.0", (platform,)), *load_platforms().plugins))


PUPPETS_APP = LoginSettings(client_id="id", client_secret=SecretStr("secret"))
