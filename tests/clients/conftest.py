"""The clients that people use, installed into a temporary folder, or a reason why they could not be."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from support.packages import install, install_node_packages
from support.server import Server

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def node_clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Node clients and the scripts that use them."""
    folder = tmp_path_factory.mktemp("node")
    for path in (HERE / "package.json", *HERE.glob("*.mjs")):
        shutil.copy(path, folder)
    install_node_packages(folder)
    return folder


@pytest.fixture(scope="session")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with gql and what it needs, apart from our own environment."""
    folder = tmp_path_factory.mktemp("gql")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install([*pip, "--target", str(folder), "gql[aiohttp,websockets]==4.4.0"], folder)
    return folder


class Line:
    """The way between a client and the server, which can be cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    def cut(self) -> None:
        """Reset everything that is open. What comes afterwards is carried again."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, there and back."""
        on_reader, on_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, on_writer}
        await asyncio.gather(_pass_on(reader, on_writer), _pass_on(on_reader, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest_asyncio.fixture
async def line(server: Server) -> AsyncIterator[Line]:
    """A line to the server."""
    line = Line(int(server.url.rpartition(":")[2]))
    listening = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/graphql"
    yield line
    listening.close()
    line.cut()
