"""An authorization server of others, as a process of its own, and a linkroll beside it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from linkroll_sdk import Login
from pydantic import SecretStr

from server.platforms import Platforms, Plugin
from server.services.connect.authorizations import redirect_uri
from server.services.links.grants import place
from server.settings import LoginSettings
from support.generic_oauth import HOST, generic_platform
from support.sandbox import Sandbox
from support.server import Server, StartServer

CLIENT = "linkroll"
SECRET = "a+secret &of=linkroll's%20app;:/?#\""
"""RFC 6749 lets it hold any printable ASCII: nothing may be lost or doubled on its way through a form."""


class AuthorizationServerProcess:
    """One for a test session; every test resets it."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(folder / "server.mjs")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


class AuthorizationServer(Sandbox):
    """The control side of it, with the sandbox's words; and what anybody with a client may ask it."""

    async def register(self, server: Server, **changes: Any) -> None:
        """Enter *server* as the app, with its one redirect URI."""
        usual = {
            "client_secret": SECRET,
            "redirect_uris": [redirect_uri(server.host, "generic")],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_post",
        }
        await self.control("PUT", f"clients/{CLIENT}", usual | changes)

    async def post(self, path: str, **form: str) -> tuple[int, dict[str, Any]]:
        """A client's request: the status and the JSON that came back."""
        fields = {"client_id": CLIENT, "client_secret": SECRET, **form}
        async with self._session.post(f"{self.url}/{HOST}{path}", data=fields) as answer:
            return answer.status, await answer.json() if await answer.text() else {}

    async def is_alive(self, token: str) -> bool:
        """Whether the server still takes a token (RFC 7662)."""
        _, answer = await self.post("/introspect", token=token)
        return bool(answer["active"])

    async def userinfo(self, access_token: str) -> int:
        """The status that an access token gets."""
        headers = {"Authorization": f"Bearer {access_token}"}
        async with self._session.get(f"{self.url}/{HOST}/userinfo", headers=headers) as answer:
            return answer.status

    async def metadata(self) -> dict[str, Any]:
        """What the server says about itself (RFC 8414)."""
        async with self._session.get(f"{self.url}/{HOST}/.well-known/openid-configuration") as answer:
            return dict(await answer.json())

    async def refreshes(self) -> list[dict[str, Any]]:
        """The requests that brought a refresh token."""
        return [r for r in await self.requests(path="/token") if "refresh_token" in r["body"]]


async def stored_pair(server: Server) -> dict[str, str]:
    """The tokens of the one grant that *server* holds."""
    [row] = await server.host.database.fetch("SELECT id, sealed_tokens FROM oauth_grant")
    return dict(json.loads(server.host.vault.open(row["sealed_tokens"], place(row["id"]))))


async def serve_generic(
    login: Login, start_server: StartServer, provider: AuthorizationServer, **changes: Any
) -> Server:
    """A server that knows one platform, whose people consent at *provider*; *changes* are settings."""
    plugin = Plugin("generic", "linkroll-generic", "1.0", (generic_platform(login),))
    app = LoginSettings(client_id=CLIENT, client_secret=SecretStr(SECRET))
    return await start_server(
        platforms=Platforms((plugin,)),
        **{"sandbox_url": provider.url, "logins": {"generic": app}, **changes},
    )
