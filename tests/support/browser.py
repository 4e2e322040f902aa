"""A person's browser: real redirects, real cookies, real consent forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL


@dataclass(frozen=True)
class Landing:
    """Where the browser came to rest, and the redirects on the way."""

    url: str
    status: int
    text: str
    trail: tuple[str, ...]


class Browser:
    """One browser with its own cookies."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def close(self) -> None:
        """Close it."""
        await self.session.close()

    async def get(self, url: str, *, stop_at: str | None = None) -> Landing:
        """Follow redirects to the end, or until one leads to an address that begins with *stop_at*."""
        return await self._go("GET", url, None, stop_at)

    async def consent(
        self, authorize_url: str, person: str, *, stop_at: str | None = None, **form: Any
    ) -> Landing:
        """Open our address, land on the platform's page, and send its form as *person*."""
        page = await self.get(authorize_url, stop_at=stop_at)
        fields = [("person", person), ("decision", form.pop("decision", "allow"))]
        for name, value in form.items():
            fields += [(name, item) for item in (value if isinstance(value, list) else [value])]
        return await self._go("POST", page.url, fields, stop_at)

    async def _go(self, method: str, url: str, form: Any, stop_at: str | None) -> Landing:
        trail: list[str] = []
        while True:
            async with self.session.request(
                method, URL(url, encoded=True), data=form, allow_redirects=False
            ) as answer:
                location = answer.headers.get("Location")
                if not 300 <= answer.status < 400 or location is None:
                    return Landing(url, answer.status, await answer.text(), tuple(trail))
            url = str(URL(url, encoded=True).join(URL(location, encoded=True)))
            trail.append(url)
            if stop_at is not None and url.startswith(stop_at):
                return Landing(url, 0, "", tuple(trail))
            method, form = "GET", None
