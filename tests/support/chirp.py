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
from support.roster import Roster
from support.server import Server, StartServer


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


async def serve_chirp(
    login: ChirpLogin,
    start_server: StartServer,
    *,
    urls: AccountUrls | None = None,
    beside: Sequence[Plugin] = (),
) -> Server:
    """A server that knows Chirp, and the platforms of the plugins *beside* it."""
    platform = Platform("chirp", "Chirp", urls or ChirpUrls(), (login,))
    return await start_server(
        platforms=Platforms((Plugin("chirp", "linkroll-chirp", "1.0", (platform,)), *beside)),
        logins={"chirp": LoginSettings(client_id="id", client_secret=SecretStr("secret"))},
    )


async def consent_at_chirp(
    server: Server, roster: Roster, browser: Browser, *, profile: str
) -> dict[str, Any]:
    """The attempt after a consent at Chirp whose answer came back."""
    attempt, callback = await chirps_answer(server, roster, browser, profile=profile)
    await browser.get(callback)
    return dict(await roster.attempt(attempt))


async def chirps_answer(server: Server, roster: Roster, browser: Browser, *, profile: str) -> tuple[str, str]:
    """A consent whose answer is still in the browser's hands: the attempt's id, and the callback's address."""
    attempt, authorize_url = await roster.begin(profile=profile, platform="chirp")
    page = await browser.get(authorize_url, stop_at=server.host.settings.sandbox_url)
    state = page.url.partition("state=")[2]
    return attempt, f"{server.url}/oauth/chirp/callback?code=x&state={state}"


async def connect_by(login: ChirpLogin, start_server: StartServer, browser: Browser) -> dict[str, Any]:
    """The attempt after a consent by *login*."""
    server = await serve_chirp(login, start_server)
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    return await consent_at_chirp(server, roster, browser, profile=mara)
