"""`linkroll vault`: which master key is in use, and everything sealed anew with one command."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from support.commands import VAULT_KEY, Answered, run
from support.rows import Rows
from support.server import StartServer

NEW_KEY = "k2:" + base64.b64encode(b"n" * 32).decode()


async def test_a_new_key_takes_over_and_the_old_one_can_go(
    start_server: StartServer, tmp_path: Path, database_url: str
) -> None:
    server = await start_server(vault_keys=VAULT_KEY)
    rows = Rows(server.host)
    await rows.linked(await rows.profile("Mara"))

    def vault(keys: str, *args: str) -> Answered:
        env = {"LINKROLL_DATABASE_URL": database_url, "LINKROLL_VAULT_KEYS": keys}
        return run("vault", *args, "--data-dir", str(tmp_path), env=env)

    rotated = vault(f"{NEW_KEY},{VAULT_KEY}", "rotate")
    status = vault(NEW_KEY, "status", "--json")

    assert (rotated.code, rotated.out.splitlines()) == (
        0,
        ["1 values are sealed anew", "k1 is needed no longer: take it out of the keys"],
    )
    assert json.loads(status.out) == [
        {"name": "k2", "seals": True, "configured": True, "known": True, "values": 1}
    ]
    secrets = [key.partition(":")[2] for key in (NEW_KEY, VAULT_KEY)]
    assert not any(secret in rotated.out + rotated.err + status.out for secret in secrets)
