"""Workers as processes of their own."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from conftest import VAULT_KEY

from support.server import Server
from support.workers import StartWorker, WorkerProcess, start_worker, worker_environment


@pytest.fixture
def new_worker(server: Server) -> Iterator[StartWorker]:
    """Starts workers beside the server."""
    started: list[WorkerProcess] = []

    def start() -> WorkerProcess:
        started.append(start_worker(worker_environment(server, VAULT_KEY)))
        return started[-1]

    yield start
    for worker in started:
        worker.stop(signal.SIGKILL)
