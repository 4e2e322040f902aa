"""Chirp: a made-up platform whose plugin can be made to misbehave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linkroll_sdk import (
    AccountUrls,
    Address,
    AuthorizeRequest,
    Candidate,
    ClientConfig,
    CodeExchange,
    Grant,
    Http,
    Login,
    NotAnAccount,
    Operation,
    Platform,
    PlatformError,
    ProfileRef,
    Purpose,
    Response,
    Scope,
    TokenSet,
    UrlResult,
)
from pydantic import SecretStr

from server.platforms import Platforms, Plugin
from server.settings import LoginSettings
from support.browser import Browser
from support.server import StartServer


class ChirpUrls(AccountUrls):
    """Chirp's addresses: `chirp.example/name`."""

    domains = frozenset({"chirp.example"})

    def parse(self, address: Address) -> UrlResult:
        return ProfileRef(handle=address.segments[0])

    def parse_handle(self, text: str) -> ProfileRef | NotAnAccount:
        return ProfileRef(handle=text)

    def profile_url(self, ref: ProfileRef) -> str:
        return f"https://chirp.example/{ref.handle}"


class ChirpLogin(Login):
    """A login that works, without a network. Tests change the part that they are about."""

    key = "chirp"
    name = "Chirp"
    serves = frozenset({"chirp"})
    scopes = (Scope("read", "Reads the account.", "See your account", serves),)
    refused_scopes = frozenset({"write"})
    hosts = frozenset({"api.chirp.example", "chirp.example"})
    operations = (Operation("POST", "api.chirp.example", "/token", Purpose.TOKEN),)
    why_no_pkce = "Chirp is made up."

    def authorize_url(self, request: AuthorizeRequest) -> str:
        return f"https://chirp.example/authorize?state={request.state}"

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        return Grant("subject", TokenSet("token"), frozenset({"read"}))

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> Sequence[Candidate]:
        return [Candidate("chirp", "1", handle="mara")]

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        return None


async def connect_by(login: ChirpLogin, start_server: StartServer, browser: Browser) -> dict[str, Any]:
    """The attempt after a consent by *login*."""
    platform = Platform("chirp", "Chirp", ChirpUrls(), (login,))
    server = await start_server(
        platforms=Platforms((Plugin("chirp", "linkroll-chirp", "1.0", (platform,)),)),
        logins={"chirp": LoginSettings(client_id="id", client_secret=SecretStr("secret"))},
    )
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    attempt, authorize_url = await roster.begin(profile=mara, platform="chirp")
    page = await browser.get(authorize_url, stop_at=server.host.settings.sandbox_url)
    state = page.url.partition("state=")[2]
    await browser.get(f"{server.url}/oauth/chirp/callback?code=x&state={state}")
    return dict(await roster.attempt(attempt))
