"""No secret of a consent, or of the link's life, is ever found again: in no database, answer, event or log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
import pytest
import structlog

from server.logs import configure_logs
from server.vault import VaultError
from server.worker.schedule import chores
from support.browser import Browser
from support.client import Client
from support.clock import travel
from support.roster import ATTEMPT, Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.ways import WAYS

LIBRARIES = ("aiohttp", "asyncio", "asyncpg", "authlib", "tortoise", "uvicorn")

SECRET_FIELDS = ("code", "code_verifier", "client_secret", "refresh_token", "access_token", "token", "state")
"""Parameters of an OAuth walk that nobody else may learn."""


class Eavesdropper(Client):
    """A frontend that keeps every answer it ever got, as text."""

    def __init__(self, client: Client, session: aiohttp.ClientSession) -> None:
        super().__init__(client.url, session, client.key)
        self.heard: list[str] = []

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        """As any client's, and kept."""
        answer = await super().send(query, **variables)
        self.heard.append(orjson.dumps(answer).decode())
        return answer

    async def listen(self, query: str, started: asyncio.Event, **variables: Any) -> None:
        """Keep what a subscription brings, until it ends or is cancelled."""
        async with self.subscribe(query, **variables) as values:
            started.set()
            async for value in values:
                self.heard.append(orjson.dumps(value).decode())


@dataclass
class Told:
    """All that left or stayed in a server over the walks, and the secrets that must not be in it."""

    server: Server
    database: str
    answers: str
    pages: str
    logs: str
    secrets: dict[str, str] = field(repr=False)

    def found_in(self, text: str, *, but: Iterable[str] = ()) -> list[str]:
        """The names of those secrets that *text* holds, in any of the forms they could take."""
        return sorted(
            name
            for secret, name in self.secrets.items()
            if name not in but and any(form in text for form in forms_of(secret))
        )


def forms_of(secret: str) -> set[str]:
    """A secret as it stands, in a URL, and as bytes in the database are written out."""
    return {secret, quote(secret, safe=""), secret.encode().hex()}


@pytest.fixture
def logs(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Iterator[pytest.CaptureFixture[str]]:
    """Everybody logs all there is to log."""
    caplog.set_level(logging.DEBUG)
    for library in LIBRARIES:
        caplog.set_level(logging.DEBUG, logger=library)
    configure_logs(verbose=True)
    yield capsys
    structlog.reset_defaults()


@pytest.fixture
async def told(
    start_server: StartServer,
    sandbox: Sandbox,
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
    logs: pytest.CaptureFixture[str],
) -> Told:
    """Every login walked to the end, with a wrong person, a no, a choice, trouble; then two days, and an unlink."""
    server = await start_server()
    frontend = Eavesdropper(await server.client(), server.session)
    events, started = "subscription { accountStatusChanged { __typename } }", asyncio.Event()
    listening = asyncio.create_task(frontend.listen(events, started))
    await started.wait()
    roster = Roster(frontend)
    pages, last = await walk_all(roster, browser, sandbox)
    await live_on(server, sandbox)
    await roster.unlink(last)
    listening.cancel()
    captured = logs.readouterr()
    return Told(
        server=server,
        database=await everything_in(server),
        answers="\n".join(frontend.heard),
        pages="\n".join(pages),
        logs="\n".join([captured.out, captured.err, caplog.text]),
        secrets=await secrets_of(server, sandbox, frontend),
    )


async def walk_all(roster: Roster, browser: Browser, sandbox: Sandbox) -> tuple[list[str], str]:
    """The walks; every address and text of ours that the browser saw at an end, and the last account."""
    pages: list[str] = []
    profile = await roster.create_profile("Mara Linden")
    for way in WAYS:
        account = await roster.add(profile, way.handle, way.platform)
        for person, form in ((way.person, {}), ("dina", {}), (way.person, {"decision": "deny"})):
            _, landing = await roster.walk(browser, person, account, form=form)
            pages += [landing.url, landing.text]
        await roster.account(account)
        _, callback = await roster.walk_halfway(browser, way.person, account)
        await sandbox.fault(kind="garbage")
        landing = await browser.get(callback)
        pages += [landing.url, landing.text]
        await sandbox.control("DELETE", "faults")
    attempt, _ = await roster.walk(browser, "dina", profile=profile, platform="facebook")
    await roster.choose(attempt["id"], [c["id"] for c in attempt["candidates"] if c["usable"]])
    await follow_to_the_end(roster, attempt["id"])
    return pages, account


async def live_on(server: Server, sandbox: Sandbox) -> None:
    """Two days of all that the worker does: refreshes, probes, polls and callbacks, in good times and in bad."""
    address = f"{server.url}/callbacks"
    logins = server.host.platforms.logins.values()
    entered = {
        login.key: {c.key: f"{address}/{login.key}/{c.key}" for c in login.callbacks} for login in logins
    }
    await sandbox.control("PUT", "callbacks", entered)
    await sandbox.switch(callbacks_automatic="on")
    for trouble in ({}, {"kind": "garbage"}, {"kind": "status", "status": 500}, {}):
        await travel(sandbox, server, hours=12)
        if trouble:
            await sandbox.fault(**trouble)
        await work(server)
        await sandbox.control("DELETE", "faults")
    await sandbox.person("mara", "remove-app", login="tiktok")
    await work(server)


async def work(server: Server) -> None:
    """A round of every chore."""
    for chore in chores(server.host.platforms):
        await chore.run(server.host)


async def follow_to_the_end(roster: Roster, attempt: str) -> None:
    """What a waiting frontend is told."""
    assert isinstance(roster.client, Eavesdropper)
    query = f"subscription ($id: ID!) {{ connectAttemptChanged(id: $id) {{ {ATTEMPT} }} }}"
    await roster.client.listen(query, asyncio.Event(), id=attempt)


# The secrets


async def secrets_of(server: Server, sandbox: Sandbox, frontend: Eavesdropper) -> dict[str, str]:
    """Every secret of the walks, each with its name: what went over the wire, and what the platforms gave out."""
    found: dict[str, str] = {}
    for row in await sandbox.requests():
        found |= secrets_in(row)
    state = await sandbox.control("GET", "state")
    for grant in state["grants"]:
        # Of a token that was never used the sandbox shows the beginning: enough to be found by.
        found |= {token["starts_with"]: f"{grant['login']} token" for token in grant["tokens"]}
    assert frontend.key is not None
    found[frontend.key.partition(".")[2]] = "API key"
    for login, app in server.host.settings.logins.items():
        found[app.client_secret.get_secret_value()] = f"{login} client secret"
    return {secret: name for secret, name in found.items() if len(secret) >= 12}


def secrets_in(row: dict[str, Any]) -> dict[str, str]:
    """The secrets in one recorded request."""
    body = row["body"] if isinstance(row["body"], dict) else {}
    found = {
        value: f"{row['host']} {name}"
        for part in (row["query"], body)
        for name in (*SECRET_FIELDS, "appsecret_proof", "input_token", "fb_exchange_token")
        for value in part.get(name, [])
    }
    scheme, _, token = row["headers"].get("authorization", "").partition(" ")
    return found | ({token: f"{row['host']} bearer token"} if scheme else {})


# The places


async def everything_in(server: Server) -> str:
    """Every row of every table as text; bytes come out as hex."""
    tables = await server.host.database.fetch(
        "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    rows = [
        row["text"]
        for table in tables
        for row in await server.host.database.fetch(f"SELECT t::text AS text FROM {table['name']} t")
    ]
    return "\n".join(rows)


async def test_the_walks_met_every_kind_of_secret(told: Told) -> None:
    """Whoever looks for nothing finds nothing: this is what the tests below look for."""
    names = set(told.secrets.values())

    assert names >= {
        "API key",
        "accounts.google.com state",
        "www.tiktok.com state",
        "www.instagram.com state",
        "www.facebook.com state",
        "oauth2.googleapis.com code",
        "oauth2.googleapis.com code_verifier",
        "google client secret",
        "open.tiktokapis.com code",
        "tiktok client secret",
        "open.tiktokapis.com bearer token",
        "api.instagram.com code",
        "graph.instagram.com access_token",
        "graph.facebook.com code",
        "graph.facebook.com appsecret_proof",
        "graph.facebook.com fb_exchange_token",
        "youtube.googleapis.com bearer token",
        "facebook token",
        "instagram token",
        "google token",
        "tiktok token",
        "open.tiktokapis.com refresh_token",
    }


async def test_the_links_lived_through_everything(told: Told) -> None:
    operations = {word for word in told.logs.split() if word.startswith("operation=")}
    [callbacks] = await told.server.host.database.fetch("SELECT count(*) AS n FROM callback_delivery")
    [readings] = await told.server.host.database.fetch("SELECT count(*) AS n FROM metric_snapshot")

    assert operations >= {"operation=refresh", "operation=debug_token", "operation=account_insights"}
    assert callbacks["n"] and readings["n"]
    assert "ACCESS_REVOKED" in told.database


async def test_no_secret_stands_in_the_database(told: Told) -> None:
    assert "marabakes" in told.database and "bensbikeshed" in told.database
    assert told.found_in(told.database) == []


async def test_no_secret_stands_in_the_databases_files_or_its_log_of_changes(told: Told) -> None:
    await told.server.host.database.fetch("CHECKPOINT")
    row = await told.server.host.database.fetchrow(
        "SELECT current_setting('data_directory') AS folder, oid FROM pg_database"
        " WHERE datname = current_database()"
    )
    assert row is not None
    folder = Path(row["folder"])
    if not folder.is_dir():
        pytest.skip("the database's files are on another machine")
    files = [*(folder / "base" / str(row["oid"])).iterdir(), *(folder / "pg_wal").glob("0*")]

    kept = b"".join(file.read_bytes() for file in files)

    assert b"marabakes" in kept
    assert [name for secret, name in told.secrets.items() if secret.encode() in kept] == []


async def test_no_secret_stands_in_an_answer_or_an_event(told: Told) -> None:
    assert "AccountStatusChanged" in told.answers and "WrongAccount" in told.answers
    assert "authorizeUrl" in told.answers
    assert told.found_in(told.answers) == []


async def test_no_secret_stands_on_a_page_or_in_its_address(told: Told) -> None:
    assert "Not connected" in told.pages and "attempt=" in told.pages
    assert told.found_in(told.pages) == []


async def test_no_secret_stands_in_a_log_of_any_level(told: Told) -> None:
    assert "platform request" in told.logs and "platform refused" in told.logs
    assert "DEBUG" in told.logs
    assert told.found_in(told.logs) == []


async def test_the_addresses_that_begin_a_consent_are_kept_nowhere(told: Told) -> None:
    """They are answers to who asked, and as good as a password until they are opened."""
    starts = [part[:43] for part in told.answers.split("/connect/")[1:]]

    assert len(starts) > 10
    assert [s for s in starts if s in told.logs or any(form in told.database for form in forms_of(s))] == []


async def test_the_same_search_finds_what_is_there(told: Told) -> None:
    """The proof that the silence above means something."""
    [secret, *_] = [secret for secret, name in told.secrets.items() if name == "tiktok token"]
    hidden = [f"x{secret}x", quote(f"a/{secret}", safe=""), "\\x" + f"..{secret}..".encode().hex()]

    assert all(told.found_in(text) == ["tiktok token"] for text in hidden)


async def test_a_sealed_token_opens_at_its_own_place_only(told: Told) -> None:
    """A blob that is copied into another row is worth nothing there."""
    vault = told.server.host.vault
    sealed = {k: v for k, v in (await told.server.sealed_tokens()).items() if k.startswith("oauth_grant")}
    (place, blob), (other, _), *_ = sealed.items()

    opened = vault.open(blob, f"oauth_grant|sealed_tokens|{place.partition(' ')[2]}")

    assert set(orjson.loads(opened)) == {"access_token", "refresh_token"}
    with pytest.raises(VaultError):
        vault.open(blob, f"oauth_grant|sealed_tokens|{other.partition(' ')[2]}")
