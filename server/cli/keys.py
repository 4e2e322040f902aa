"""`linkroll key`: make, list and revoke callers' keys."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from server.cli.common import DataDir, Json, duration, fail, run, with_host
from server.host import Host
from server.services.callers import api_keys
from server.services.callers.api_keys import KeyInfo
from server.services.callers.viewers import Role, Scope

keys = typer.Typer(help="API keys: shown once, stored hashed.", no_args_is_help=True)


@keys.command("create")
def create_key(
    role: Annotated[Role, typer.Option(help="admin, manager, observer or creator.")],
    name: Annotated[str, typer.Option(help="Whose key it is, for lists and logs.")] = "",
    profile: Annotated[str | None, typer.Option(help="A creator's profile, by its GraphQL id.")] = None,
    scope: Annotated[Scope, typer.Option(help="full, connect or read.")] = Scope.FULL,
    expires: Annotated[str | None, typer.Option(help="When it is over: 12h, 30d, 4w.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it, for the only time, and nothing else.

    Example: linkroll key create --role observer --name dashboard --expires 30d
    """
    from server.ids import row_id

    lasts = duration(expires) if expires else None
    profile_id = row_id(profile, "Profile") if profile else None
    if (role is Role.CREATOR) != (profile_id is not None):
        fail("A creator's key needs --profile with a Profile's id; other roles take none.", 2)

    async def create(host: Host) -> str:
        if profile_id and not await host.database.fetch("SELECT 1 FROM profile WHERE id = $1", profile_id):
            fail("There is no such profile.")
        return await api_keys.create_key(host, name or role.value, role, profile_id, scope=scope, lasts=lasts)

    print(run(with_host(create, data_dir)))


@keys.command("list")
def list_keys(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List all keys, without their secrets.

    Example: linkroll key list --json
    """
    now, found = run(with_host(_all_keys, data_dir))
    rows = [
        {
            "id": f"lr_{key.id}",
            "name": key.name,
            "role": key.role,
            "scope": key.scope,
            "created": _text(key.created_at),
            "expires": _text(key.expires_at),
            "revoked": _text(key.revoked_at),
        }
        for key in found
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for key, row in zip(found, rows, strict=True):
        who = f"{row['id']:<20} {row['role']:<9} {row['scope']:<8}"
        print(f"{who} {_state(key, now):<34} {row['created']}  {row['name']}")


async def _all_keys(host: Host) -> tuple[datetime, list[KeyInfo]]:
    return host.now(), await api_keys.list_keys(host.database)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _state(key: KeyInfo, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {_text(key.revoked_at)}"
    if key.expires_at is None:
        return "live"
    return f"{'until' if now < key.expires_at else 'expired'} {_text(key.expires_at)}"


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="The key's id (`lr_…`), or the key itself.")],
    data_dir: DataDir = None,
) -> None:
    """Revoke a key, at once and everywhere.

    Example: linkroll key revoke lr_0123456789abcdef
    """
    if not run(with_host(lambda host: api_keys.revoke_key(host, key), data_dir)):
        fail("There is no live key with this id.")
    print("revoked")
