"""
The vault's master keys: read, and proven right against the database before anything is served.

Every key the database knows has a canary there. A wrong or missing key stops the start; a key is made up
only for a new embedded database, once, in its data folder.
"""

from __future__ import annotations

from datetime import datetime

from server.database import Database
from server.models import VaultKey
from server.settings import Settings
from server.vault import CANARY, Vault, VaultError, create_key_file, parse_keys, read_key_file


async def open_vault(settings: Settings, database: Database, now: datetime) -> Vault:
    """The vault with the operator's keys; `VaultError` when they do not fit this database."""
    known = {row["name"]: row["canary"] for row in await database.fetch("SELECT name, canary FROM vault_key")}
    vault = Vault(_keys(settings, is_new=not known))
    for name, canary in known.items():
        if name in vault.names and vault.open(canary, _place(name)) != CANARY.decode():
            raise VaultError(f"Master key {name!r} is not the one this database was sealed with.")
    if missing := known.keys() - set(vault.names):
        # Something may still be sealed under it, and would only be missed when it is needed.
        names = ", ".join(sorted(missing))
        raise VaultError(f"This database knows master keys that are not configured: {names}.")
    if vault.current not in known:
        await _remember(vault, database, now)
    return vault


def _keys(settings: Settings, *, is_new: bool) -> dict[str, bytes]:
    if settings.vault_keys is not None:
        return parse_keys(settings.vault_keys.get_secret_value())
    path = settings.data_dir.expanduser() / "vault.key"
    if keys := read_key_file(path):
        return keys
    if settings.database_url is not None or not is_new:
        raise VaultError(
            f"There is no master key: set LINKROLL_VAULT_KEYS, or put the key file back at {path}."
        )
    return create_key_file(path)


def _place(name: str) -> str:
    return f"vault_key|canary|{name}"


async def _remember(vault: Vault, database: Database, now: datetime) -> None:
    canary = vault.seal(CANARY.decode(), _place(vault.current))
    async with database.transaction():
        await VaultKey.get_or_create(name=vault.current, defaults={"canary": canary, "created_at": now})
