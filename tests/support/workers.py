"""`linkroll worker` processes beside a test's server, on the same database and sandbox."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from support.commands import LINKROLL, SECONDS, environment
from support.server import Server


def worker_environment(server: Server, vault_key: str) -> dict[str, str]:
    """The settings of *server* as the environment of another process."""
    settings = server.host.settings
    logins = {
        key: {"client_id": login.client_id, "client_secret": login.client_secret.get_secret_value()}
        for key, login in settings.logins.items()
    }
    return {
        "LINKROLL_DATA_DIR": str(settings.data_dir),
        "LINKROLL_DATABASE_URL": str(settings.database_url),
        "LINKROLL_SANDBOX_URL": str(settings.sandbox_url),
        "LINKROLL_LOGINS": json.dumps(logins),
        "LINKROLL_VAULT_KEYS": vault_key,
        "LINKROLL_WORKER": "external",
    }


@dataclass(frozen=True)
class WorkerProcess:
    """A worker that has said that it works."""

    process: subprocess.Popen[str]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


def start_worker(env: dict[str, str]) -> WorkerProcess:
    """`linkroll worker`, as soon as it works."""
    process = subprocess.Popen(
        [LINKROLL, "worker"], stderr=subprocess.PIPE, text=True, env=environment(env), start_new_session=True
    )
    assert process.stderr is not None
    while "working" not in (line := process.stderr.readline()):
        assert line, f"the worker ended with {process.wait(SECONDS)}"
    return WorkerProcess(process)


StartWorker = Callable[[], WorkerProcess]
"""Starts a worker on the test's database."""
