"""A page in a browser: it holds a session's cookie that it cannot read, and the session's token that it can."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from multidict import CIMultiDictProxy

from server.services.callers.api_keys import create_key
from server.services.callers.viewers import Role
from support.server import Server
from support.sockets import Socket

ORIGIN = "https://app.example"
CSRF = "X-CSRF-Token"
STRANGERS = {
    "another site": "https://evil.example",
    "a name that begins like ours": f"{ORIGIN}.evil.example",
    "a name that ends like ours": "https://not-app.example",
    "a neighbour": "https://www.app.example",
    "our name without TLS": "http://app.example",
    "our name at another port": f"{ORIGIN}:8443",
    "a page without origin": "null",
    "nonsense": "https://[",
}
"""Origins that are not listed, and may look as if they were."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: CIMultiDictProxy[str]
    body: Any

    @property
    def code(self) -> str | None:
        """The code of the error, if it is one."""
        errors = self.body.get("errors") if isinstance(self.body, dict) else None
        return errors[0]["extensions"]["code"] if errors else None


@dataclass
class Page:
    """A page of *origin* and what its browser sends for it. Headers can be changed; None leaves one out."""

    server: Server
    origin: str | None = ORIGIN
    cookie: str | None = None
    token: str | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)

    async def sign_in(self, key: str | None, **changes: str | None) -> Answer:
        """Give a key away for a cookie."""
        answer = await self.request(
            "POST", "/session", {"Authorization": f"Bearer {key}" if key else None, **changes}
        )
        if answer.status == 201:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
            self.token = answer.body["csrfToken"]
        return answer

    async def who(self, **changes: str | None) -> Answer:
        """Who is signed in."""
        return await self.request("GET", "/session", changes)

    async def sign_out(self, **changes: str | None) -> Answer:
        """End the session; the browser's own copy is kept, to be tried again."""
        return await self.request("DELETE", "/session", changes)

    async def send(
        self, query: str, changes: Mapping[str, str | None] | None = None, **variables: Any
    ) -> Answer:
        """An operation by POST."""
        body = {"query": query, "variables": variables}
        return await self.request("POST", "/graphql", changes or {}, json=body)

    async def get(self, query: str, **changes: str | None) -> Answer:
        """A query by GET. Such a request has no token, and often no origin."""
        return await self.request(
            "GET", "/graphql", {"Origin": None, CSRF: None, **changes}, params={"query": query}
        )

    async def first_refusal(self, query: str = "{ viewer { role } }") -> str | None:
        """The code of the first refusal: the word of an end takes milliseconds to reach every process."""
        async with asyncio.timeout(10):
            while (answer := await self.send(query)).code is None:
                pass
        return answer.code

    async def request(self, method: str, path: str, changes: Mapping[str, str | None], **more: Any) -> Answer:
        """One request, as the browser sends it."""
        sent = self.sent(changes)
        async with self.server.session.request(method, self.server.url + path, headers=sent, **more) as got:
            is_json = got.content_type.endswith("json")
            return Answer(got.status, got.headers, await got.json(content_type=None) if is_json else None)

    def sent(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """The headers that are sent."""
        usual = {"Origin": self.origin, "Cookie": self.cookie, CSRF: self.token}
        return {
            name: value
            for name, value in {**usual, **self.headers, **(changes or {})}.items()
            if value is not None
        }

    @contextlib.asynccontextmanager
    async def socket(self, **changes: str | None) -> AsyncIterator[Socket]:
        """A WebSocket, as the browser opens one: with the cookie and the origin, and nothing of the page's own."""
        async with self.server.session.ws_connect(
            f"{self.server.url}/graphql",
            protocols=["graphql-transport-ws"],
            headers=self.sent({CSRF: None, **changes}),
        ) as opened:
            yield Socket(opened)

    async def greet(self, socket: Socket) -> Any:
        """Say on a socket which session's page this is; the answer, or the code that it was closed with."""
        await socket.send({"type": "connection_init", "payload": {"csrfToken": self.token}})
        return await socket.receive()


async def page_of(server: Server, key: str | None, origin: str = ORIGIN) -> Page:
    """A page that has signed in."""
    page = Page(server, origin)
    answer = await page.sign_in(key)
    assert answer.status == 201, answer.body
    return page


async def key_of(server: Server, role: Role = Role.ADMIN, **limits: Any) -> str:
    """A new key."""
    return await create_key(server.host, role.value, role, **limits)


def refusals(answers: Mapping[str, Answer]) -> dict[str, tuple[int, str | None]]:
    """How each of several requests was refused."""
    return {name: (answer.status, answer.code) for name, answer in answers.items()}
