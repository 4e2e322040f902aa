"""Data folders, and servers that are surely gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.commands import Serving, Start, processes_of, serve


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder of its own; whatever a failed test left running on it is ended."""
    # Not pytest's tmp_path: that folder is closed to the user that the database runs as under root.
    with tempfile.TemporaryDirectory(prefix="linkroll-cli-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        for process in processes_of(Path(folder)):
            process.kill()


@pytest.fixture
def start(data_dir: Path) -> Iterator[Start]:
    """Starts `linkroll serve` on the data folder."""
    started: list[Serving] = []

    def begin(*args: str) -> Serving:
        started.append(serve("--data-dir", str(data_dir), *args))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.stop()
        assert one.process.stdout is not None
        one.process.stdout.close()
