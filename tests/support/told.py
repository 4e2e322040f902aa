"""What a server tells of itself: its numbers as Prometheus reads them, its spans as a collector gets them."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from server.telemetry.listener import telling
from support.server import Server


class Numbers:
    """One reading of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.samples = [s for family in text_string_to_metric_families(text) for s in family.samples]

    def of(self, name: str, **labels: str) -> float:
        """The sum of all series of this name with these labels."""
        return sum(s.value for s in self.samples if s.name == name and labels.items() <= s.labels.items())

    def has(self, name: str, **labels: str) -> bool:
        """Whether there is such a series."""
        return any(s.name == name and labels.items() <= s.labels.items() for s in self.samples)

    def labels(self) -> set[str]:
        """Every value of every label."""
        return {value for sample in self.samples for value in sample.labels.values()}


class Scraper:
    """Prometheus, before one server."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def get(self, path: str) -> tuple[int, str]:
        """A page of the port: its status and text."""
        async with self._session.get(self.url.removesuffix("/metrics") + path) as answer:
            return answer.status, await answer.text()

    async def numbers(self) -> Numbers:
        """The numbers now."""
        status, text = await self.get("/metrics")
        assert status == 200
        return Numbers(text)


@contextlib.asynccontextmanager
async def scraping(server: Server, listener: Any = None) -> AsyncIterator[Scraper]:
    """The port that *server* tells its numbers on."""
    settings = server.host.settings.model_copy(update={"metrics_port": 0})
    async with telling(dataclasses.replace(server.host, settings=settings), listener) as url:
        assert url is not None
        yield Scraper(url, server.session)
