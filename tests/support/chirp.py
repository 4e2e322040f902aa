"""Chirp: a made-up platform whose plugin can be made to misbehave."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from linkroll_sdk import (
    About,
    AccountUrls,
    Acknowledged,
    Address,
    AuthorizeRequest,
    Callback,
    CallbackRejected,
    Candidate,
    CheckWanted,
    ClientConfig,
    CodeExchange,
    DeletionRequested,
    Delivery,
    Documents,
    Grant,
    GrantEnded,
    Http,
    InvalidReason,
    Login,
    NotAnAccount,
    Notice,
    Notified,
    Operation,
    Platform,
    PlatformError,
    ProfileRef,
    Purpose,
    Receipt,
    Reply,
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


class ChirpCallback(Callback):
    """Events as JSON, `{"id": …, "events": [{"kind": …, "about": {…}}]}`, signed with the client secret."""

    key = "events"
    about = "Enter it in Chirp's settings."

    def answer_challenge(self, query: Mapping[str, str], client: ClientConfig) -> Reply:
        if query.get("for") != client.client_id:
            raise CallbackRejected("another app's challenge", 403)
        return Reply(body=query["challenge"].encode())

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        expected = chirps_signature(client.client_secret, delivery.body)
        if not hmac.compare_digest(delivery.headers.get("chirp-signature", ""), expected):
            raise CallbackRejected("wrong signature")
        told = json.loads(delivery.body)
        return Notified(told["id"], tuple(map(self.notice, told["events"])))

    def notice(self, event: dict[str, Any]) -> Notice:
        """One event, read."""
        about, code = About(**event.get("about", {})), event["kind"]
        at = datetime.fromisoformat(event["at"]) if "at" in event else None
        match event["kind"]:
            case "ended":
                return GrantEnded(about, InvalidReason(event.get("reason", "ACCESS_REVOKED")), code, at)
            case "deletion":
                return DeletionRequested(about, code, at)
            case "check":
                return CheckWanted(about, code)
            case _:
                return Acknowledged(code)

    def reply(self, receipt: Receipt) -> Reply:
        return Reply(202, f"{receipt.code} {receipt.status_url}".encode())


def chirps_signature(secret: str, body: bytes) -> str:
    """What Chirp sends beside a delivery."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


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
    callbacks = (ChirpCallback(),)

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
    **changes: Any,
) -> Server:
    """A server that knows Chirp, and the platforms of the plugins *beside* it; *changes* are settings."""
    platform = Platform("chirp", "Chirp", urls or ChirpUrls(), (login,))
    return await start_server(
        platforms=Platforms((Plugin("chirp", "linkroll-chirp", "1.0", (platform,)), *beside)),
        **{"logins": {"chirp": LoginSettings(client_id="id", client_secret=SecretStr("secret"))}, **changes},
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
