"""A real sandbox on a free port, and a visitor who walks its pages over real HTTP."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import uvicorn

from linkroll_sandbox.app import build_app
from linkroll_sandbox.cli import listen
from linkroll_sandbox.world import World

CALLBACK = "http://127.0.0.1:8000/oauth/callback"
READ_YOUTUBE = "https://www.googleapis.com/auth/youtube.readonly"
READ_ANALYTICS = "https://www.googleapis.com/auth/yt-analytics.readonly"

AUTHORIZE = {
    "facebook": (
        "https://www.facebook.com/v25.0/dialog/oauth",
        "client_id",
        "public_profile,pages_show_list,pages_read_engagement,read_insights,instagram_basic,instagram_manage_insights",
    ),
    "instagram": (
        "https://www.instagram.com/oauth/authorize",
        "client_id",
        "instagram_business_basic,instagram_business_manage_insights",
    ),
    "tiktok": (
        "https://www.tiktok.com/v2/auth/authorize/",
        "client_key",
        "user.info.basic,user.info.profile,user.info.stats,video.list",
    ),
    "google": (
        "https://accounts.google.com/o/oauth2/v2/auth",
        "client_id",
        f"openid profile {READ_YOUTUBE} {READ_ANALYTICS}",
    ),
}


@dataclass
class Answer:
    """A response that has been read."""

    status: int
    headers: Any
    text: str
    json: Any = None

    @property
    def error(self) -> Any:
        """The error of any platform's body."""
        return self.json["error"]

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return str(self.headers["location"])

    @property
    def callback(self) -> dict[str, str]:
        """The query that came back to the app."""
        assert self.status == 302, self.text
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}


@dataclass
class Sandbox:
    """The visitor: asks for real addresses and gets the stand-in's answers."""

    base: str
    http: aiohttp.ClientSession
    apps: dict[str, Any] = field(default_factory=dict)

    async def call(self, method: str, url: str, **options: Any) -> Answer:
        """One request to the real address *url*, redirects not followed."""
        here = f"{self.base}/{url.removeprefix('https://')}"
        async with self.http.request(method, here, allow_redirects=False, **options) as response:
            text = await response.text()
            is_json = "json" in response.headers.get("content-type", "")
            body = await response.json() if is_json else None
            return Answer(response.status, response.headers, text, body)

    async def get(self, url: str, **query: Any) -> Answer:
        """GET with *query*."""
        return await self.call("GET", url, params=query)

    async def post(self, url: str, **form: Any) -> Answer:
        """POST a form."""
        return await self.call("POST", url, data=form)

    async def bearer(self, url: str, token: str, **query: Any) -> Answer:
        """GET with a Bearer token."""
        headers = {"Authorization": f"Bearer {token}"}
        return await self.call("GET", url, params=query, headers=headers)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """A turn of the control API that must succeed."""
        answer = await self.try_control(method, path, body)
        assert answer.status == 200, answer.text
        return answer.json

    async def try_control(self, method: str, path: str, body: Any = None) -> Answer:
        """A turn of the control API, whatever it answers."""
        return await self.call(method, f"_control{path}", json=body)

    async def act(self, person: str, act: str, **given: Any) -> None:
        """Something that *person* does to their accounts."""
        await self.control("POST", f"/people/{person}/{act}", given)

    async def advance(self, **step: float) -> None:
        """Move the clock on."""
        await self.control("POST", "/clock/advance", step)

    async def switch(self, **values: str) -> None:
        """Turn switches."""
        await self.control("PUT", "/switches", values)

    async def fault(self, **fault: Any) -> None:
        """Order one fault."""
        await self.control("PUT", "/faults", [fault])

    def authorize_url(self, login: str, **changes: Any) -> str:
        """An authorize request with linkroll's usual parameters; None takes one out."""
        url, id_name, scope = AUTHORIZE[login]
        query = {
            id_name: self.apps[login]["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": scope,
            "state": "st-1",
            **changes,
        }
        return f"{url}?{urlencode({name: value for name, value in query.items() if value is not None})}"

    async def consent(self, login: str, person: str, answers: Any = (), **changes: Any) -> dict[str, str]:
        """Walk a consent by program; the callback's query."""
        return (await self.try_consent(login, person, answers, **changes)).callback

    async def try_consent(self, login: str, person: str, answers: Any = (), **changes: Any) -> Answer:
        """The same, whatever it answers."""
        form = [("person", person), *dict(answers or {}).items()]
        if "decision" not in dict(answers or {}):
            form.append(("decision", "allow"))
        flat = [
            (name, one) for name, value in form for one in (value if isinstance(value, list) else [value])
        ]
        return await self.call("POST", self.authorize_url(login, **changes), data=flat)

    async def instagram_token(self, person: str, answers: Any = (), **changes: Any) -> str:
        """The long token of a consent at Instagram."""
        code = (await self.consent("instagram", person, answers, **changes))["code"]
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": code}
        short = await self.post(
            "https://api.instagram.com/oauth/access_token", **self.secrets("instagram"), **form
        )
        query = {"grant_type": "ig_exchange_token", "access_token": short.json["access_token"]}
        secret = self.apps["instagram"]["client_secret"]
        found = await self.get("https://graph.instagram.com/access_token", client_secret=secret, **query)
        return str(found.json["access_token"])

    async def facebook_token(self, person: str, answers: Any = (), **changes: Any) -> str:
        """The long user token of a consent at Facebook."""
        url, app = "https://graph.facebook.com/oauth/access_token", self.secrets("facebook")
        code = (await self.consent("facebook", person, answers, **changes))["code"]
        short = (await self.get(url, **app, redirect_uri=CALLBACK, code=code)).json["access_token"]
        exchange = {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
        return str((await self.get(url, **app, **exchange)).json["access_token"])

    async def page_token(self, person: str, page: str, answers: Any = (), **changes: Any) -> str:
        """The token of one Page, out of such a consent."""
        token = await self.facebook_token(person, answers, **changes)
        url = "https://graph.facebook.com/me/accounts"
        pages = (await self.get(url, fields="id,access_token", access_token=token)).json["data"]
        return next(str(one["access_token"]) for one in pages if one["id"] == page)

    async def truth(self, platform: str, account: str, **asked: str) -> Any:
        """What is so, whatever the platforms tell."""
        query = urlencode({"platform": platform, "account": account, **asked})
        return await self.control("GET", f"/truth?{query}")

    def secrets(self, login: str) -> dict[str, str]:
        """Client credentials as token parameters."""
        id_name = AUTHORIZE[login][1]
        return {id_name: self.apps[login]["client_id"], "client_secret": self.apps[login]["client_secret"]}


@asynccontextmanager
async def serving(world: World, state_file: Path | None = None) -> AsyncIterator[Sandbox]:
    """A sandbox in this loop for as long as the block lasts."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(build_app(world, state_file), log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with _running(server, listener), _session() as http:
        sandbox = Sandbox(base, http)
        sandbox.apps = await sandbox.control("GET", "/apps")
        yield sandbox


def _session() -> aiohttp.ClientSession:
    # Cookies of an IP address are kept only by an "unsafe" jar; there is nothing unsafe about it here.
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


@asynccontextmanager
async def _running(server: uvicorn.Server, listener: socket.socket) -> AsyncIterator[None]:
    # By hand, because `serve()` looks only every tenth of a second whether it shall end.
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    try:
        yield
    finally:
        for one in server.servers:
            one.close()
        await server.lifespan.shutdown()
        listener.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A fresh sandbox and a fresh browser."""
    async with serving(World()) as running:
        yield running


@dataclass
class Reader:
    """Reads the Graph with one token."""

    sandbox: Sandbox
    root: str
    token: str

    async def get(self, path: str, **query: Any) -> Answer:
        """GET below the Graph's root."""
        return await self.sandbox.get(f"{self.root}/{path}", access_token=self.token, **query)

    async def insights(self, node: str, metric: str, **query: Any) -> Answer:
        """The insights of a node."""
        return await self.get(f"{node}/insights", metric=metric, **query)


@pytest.fixture
async def mara_by_login(sandbox: Sandbox) -> Reader:
    """Mara's Instagram account, read with a token of Instagram Login."""
    return Reader(sandbox, "https://graph.instagram.com/v25.0", await sandbox.instagram_token("mara"))


@pytest.fixture
async def mara_page(sandbox: Sandbox) -> Reader:
    """Mara's Page with its token, which also reads the Instagram account behind it."""
    token = await sandbox.page_token("mara", "615000111222333")
    return Reader(sandbox, "https://graph.facebook.com/v25.0", token)


@pytest.fixture(params=["mara_by_login", "mara_page"])
def mara_instagram(request: pytest.FixtureRequest) -> Reader:
    """Mara's Instagram account, on each of the two surfaces."""
    reader: Reader = request.getfixturevalue(request.param)
    return reader


@pytest.fixture
def serve() -> Callable[..., Any]:
    """For tests that start a sandbox more than once."""
    return serving


class _Reader(HTMLParser):
    """Collects the forms of a page: action, hidden fields, boxes, buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append({"action": given["action"], "fields": [], "buttons": []})
        elif tag == "input" and "disabled" not in given:
            if given.get("type") != "checkbox" or "checked" in given:
                self.forms[-1]["fields"].append((given["name"], given.get("value", "")))
        elif tag == "button":
            self.forms[-1]["buttons"].append((given.get("name"), given.get("value")))


@pytest.fixture
def forms() -> Callable[[str], list[dict[str, Any]]]:
    """Reads the forms of a page as a browser would send them."""

    def read(html: str) -> list[dict[str, Any]]:
        reader = _Reader()
        reader.feed(html)
        return reader.forms

    return read
