"""`linkroll backup` and `linkroll restore`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli.common import DataDir, run, settings_with
from server.database import migrate
from server.host import Host
from server.serving import open_database, open_ready_host
from server.settings import Settings
from server.vault import VaultError


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", dir_okay=False)],
    data_dir: DataDir = None,
) -> None:
    """Write all that the database holds to a file, while servers go on.

    The master keys are not in it: keep them elsewhere.

    Example: linkroll backup /backup/roster.dump
    """
    size = run(_backup(settings_with(data_dir=data_dir), file))
    print(f"{file} {size} bytes")


async def _backup(settings: Settings, file: Path) -> int:
    from server.backup import dump
    from server.services.callers.audit import OPERATOR, record

    async with open_ready_host(settings) as (host, url):
        # Before the dump, so that a copy tells itself when it was taken.
        await record(host, host.database, OPERATOR, "backup")
        size = dump(settings.listen_url or url, file)
        print(
            f"Sealed under {', '.join(await _keys_in_use(host))}: keep the keys elsewhere.", file=sys.stderr
        )
        return size


async def _keys_in_use(host: Host) -> list[str]:
    from server.services.operator.vault_rotation import key_uses

    return [use.name for use in await key_uses(host) if use.known]


def restore(
    file: Annotated[Path, typer.Argument(help="The file to read.", dir_okay=False, exists=True)],
    data_dir: DataDir = None,
) -> None:
    """Fill an empty database from a file that `backup` wrote.

    With no server running on it, and the master keys in place.

    Example: linkroll restore /backup/roster.dump --data-dir ./restored
    """
    run(_restore(settings_with(data_dir=data_dir), file))
    print("restored")


async def _restore(settings: Settings, file: Path) -> None:
    from server.backup import BackupError, load
    from server.services.callers.audit import OPERATOR, record

    with open_database(settings) as url:
        direct = settings.listen_url or url
        await load(direct, file)
        await migrate(direct)
    try:
        # Opened as a server would, so that wrong master keys are told now.
        async with open_ready_host(settings) as (host, _):
            await record(host, host.database, OPERATOR, "restore")
    except VaultError as error:
        raise BackupError(f"The data is restored, but no server starts on it yet. {error}") from error
