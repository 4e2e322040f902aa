"""What `linkroll doctor` examines: each finding says what is so, or what to mend."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
import asyncpg

from server.clock import Clock
from server.database import Database, DatabaseUnreachable, migrate
from server.identity.jwks import Jwks
from server.platforms import Platforms, load_platforms
from server.serving import open_database
from server.settings import Settings
from server.vault import VaultError
from server.vault_keys import open_vault
from server.worker.jobs_report import workers_alive


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    says: str


async def examine(settings: Settings) -> list[Finding]:
    """Everything a start depends on."""
    platforms = load_platforms()
    return [
        *_settings(settings),
        *await _database(settings),
        await _callers(settings),
        *_plugins(platforms),
        *_logins(settings, platforms),
    ]


def _settings(settings: Settings) -> list[Finding]:
    problems = [Finding("settings", False, problem) for problem in settings.problems()]
    return problems or [Finding("settings", True, f"{settings.env}, public address {settings.origin}")]


async def _database(settings: Settings) -> list[Finding]:
    kind = "configured" if settings.database_url else f"embedded in {settings.data_dir}"
    try:
        with open_database(settings) as url:
            # As `serve` does it: the lock that migrations take goes through no pooler.
            applied = await migrate(settings.listen_url or url)
            found = Finding("database", True, f"{kind}; {len(applied)} migrations applied now")
            return [found, await _vault(settings, url), await _worker(settings, url)]
    except DatabaseUnreachable as error:
        return [Finding("database", False, f"{kind}: {error}")]
    except (OSError, asyncpg.PostgresError) as error:
        return [Finding("database", False, f"{kind}: {type(error).__name__}: {error}")]


async def _vault(settings: Settings, url: str) -> Finding:
    database = await Database.open(url, pool=2)
    try:
        vault = await open_vault(settings, database, Clock().now())
        return Finding("vault", True, f"seals under {vault.current}; {len(vault.names)} keys configured")
    except VaultError as error:
        return Finding("vault", False, str(error))
    finally:
        await database.close()


async def _callers(settings: Settings) -> Finding:
    if settings.jwt is None:
        return Finding("callers", True, "API keys only; no identity provider is configured")
    try:
        keys = await Jwks(settings.jwt.jwks_url, Clock().now).fetch()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        why = f"LINKROLL_JWT__JWKS_URL: its keys cannot be fetched ({type(error).__name__})"
        return Finding("callers", False, why)
    return Finding("callers", bool(keys), f"API keys, and tokens of {settings.jwt.issuer} ({len(keys)} keys)")


async def _worker(settings: Settings, url: str) -> Finding:
    if settings.worker == "embedded":
        return Finding("worker", True, "embedded: `linkroll serve` does the background work")
    database = await Database.open(url, pool=2)
    try:
        alive = await workers_alive(database)
    finally:
        await database.close()
    if alive:
        return Finding("worker", True, f"external: {alive} alive")
    says = (
        "LINKROLL_WORKER=external, and no `linkroll worker` is alive: no link is refreshed, nothing is read."
    )
    return Finding("worker", False, says)


def _plugins(platforms: Platforms) -> list[Finding]:
    found = []
    for plugin in platforms.plugins:
        keys = ", ".join(p.key for p in plugin.platforms) or "nothing"
        says = "; ".join(plugin.problems) or f"{plugin.distribution} {plugin.version} brings {keys}"
        found.append(Finding("plugin", not plugin.problems, f"{plugin.name}: {says}"))
    return found or [Finding("plugin", False, "No plugin is installed: pip install linkroll-instagram, …")]


def _logins(settings: Settings, platforms: Platforms) -> list[Finding]:
    found = []
    for key in platforms.logins:
        ready = key in settings.logins and settings.logins[key].is_complete
        # An unconfigured login is the operator's choice: told, but no failure.
        says = (
            "configured" if ready else f"not configured (LINKROLL_LOGINS__{key.upper()}__CLIENT_ID, …SECRET)"
        )
        found.append(Finding("login", True, f"{key}: {says}"))
    return found
