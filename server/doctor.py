"""What `linkroll doctor` examines: each finding says what is so, or what to mend."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from server.clock import Clock
from server.database import Database, DatabaseUnreachable, migrate
from server.platforms import Platforms, load_platforms
from server.serving import open_database
from server.settings import Settings
from server.vault import VaultError
from server.vault_keys import open_vault


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
            applied = await migrate(url)
            found = [Finding("database", True, f"{kind}; {len(applied)} migrations applied now")]
            return [*found, await _vault(settings, url)]
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
