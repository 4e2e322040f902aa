"""The sandbox as a process of its own, steered over its control addresses."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import aiohttp

LOGINS = ("facebook", "instagram", "tiktok", "google")

TOKEN_PATHS = ("/oauth/access_token", "/v2/oauth/token/", "/token")
"""How the addresses end where a code is traded for tokens."""
REVOKE_PATHS = ("/me/permissions", "/v2/oauth/revoke/", "/revoke")
"""How the addresses end where a grant is ended."""


class SandboxProcess:
    """One sandbox for a test session; every test resets it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "linkroll_sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.url = line[line.index("http://") :].strip()

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Sandbox:
    """The control side of a running sandbox."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """One control request; its JSON answer. A refusal fails the test."""
        async with self._session.request(method, f"{self.url}/_control/{path}", json=body) as answer:
            text = await answer.text()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text}"
            return await answer.json() if text else None

    async def reset(self) -> None:
        """Back to the seed."""
        await self.control("POST", "reset")

    async def requests(self, **matching: object) -> list[dict[str, Any]]:
        """The platform requests on record that have these values."""
        answer = await self.control("GET", "requests")
        rows = answer["requests"] if isinstance(answer, dict) else answer
        return [row for row in rows if all(row[k] == v for k, v in matching.items())]

    async def person(self, key: str, act: str, **body: object) -> None:
        """Something a person does at a platform, such as `change-password`."""
        await self.control("POST", f"people/{key}/{act}", body)

    async def fault(self, **fault: object) -> None:
        """The one fault in force from now on."""
        await self.control("PUT", "faults", [fault])

    async def code_exchanges(self) -> list[dict[str, Any]]:
        """The requests that brought a code to a platform, to be traded for tokens."""
        return [
            row
            for row in await self.requests(method="POST")
            if row["path"].endswith(TOKEN_PATHS) and "code" in row["body"]
        ]

    async def revocations(self) -> list[dict[str, Any]]:
        """The requests that asked a platform to end a grant."""
        return [
            row
            for row in await self.requests()
            if row["method"] in ("POST", "DELETE") and row["path"].endswith(REVOKE_PATHS)
        ]

    async def live_grants(self) -> set[tuple[str, str]]:
        """Who still allows what: login and account, as the platforms know it."""
        state = await self.control("GET", "state")
        return {(grant["login"], grant["subject"]) for grant in state["grants"]}

    async def switch(self, **switches: str) -> None:
        """What the platforms do differently from day to day."""
        await self.control("PUT", "switches", switches)
