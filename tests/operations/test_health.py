"""`/healthz` and `/readyz` say what a load balancer must know, and nothing that an attacker would like to."""

from __future__ import annotations

import re

import aiohttp
import pytest

from support.server import Server
from support.told import scraping


@pytest.mark.parametrize(("path", "says"), [("healthz", "alive"), ("readyz", "ready")])
async def test_they_answer_one_word_without_a_key(
    server: Server, session: aiohttp.ClientSession, path: str, says: str
) -> None:
    async with session.get(f"{server.url}/{path}") as answer:
        body, headers = await answer.json(), dict(answer.headers)

    assert body == {"status": says}
    assert "server" not in {name.lower() for name in headers}
    own = {name: value for name, value in headers.items() if name.lower() not in ("date", "x-request-id")}
    assert not re.search(r"\d+\.\d+", " ".join(own.values()))


async def test_a_database_without_a_migration_is_not_ready(
    server: Server, session: aiohttp.ClientSession
) -> None:
    await server.host.database.fetch("DELETE FROM tortoise_migrations WHERE name = '0004_metrics'")

    async with session.get(f"{server.url}/readyz") as answer:
        assert (answer.status, await answer.json()) == (503, {"status": "migrations missing"})


async def test_a_database_that_is_ahead_is_ready(server: Server, session: aiohttp.ClientSession) -> None:
    """While servers are replaced one by one, the older ones go on."""
    await server.host.database.fetch(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_later', $1)",
        server.host.now(),
    )

    async with session.get(f"{server.url}/readyz") as answer:
        assert answer.status == 200


async def test_the_port_for_monitoring_answers_probes_too(server: Server) -> None:
    """`linkroll worker` has no other."""
    async with scraping(server) as scraper:
        assert (await scraper.get("/healthz"))[0] == 200
        assert (await scraper.get("/readyz"))[0] == 200
        assert (await scraper.get("/graphql"))[0] == 404
