"""The authorization server, installed and started once, or a reason why it could not be; and a linkroll beside it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from support.authorization_server import AuthorizationServer, AuthorizationServerProcess, serve_generic
from support.browser import Browser
from support.generic_oauth import GenericLogin
from support.roster import Roster
from support.server import Server, StartServer

HERE = Path(__file__).parent
INSTALL_SECONDS = 120


@pytest.fixture(scope="session")
def provider_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with oidc-provider and the script that serves it."""
    if not (shutil.which("node") and (npm := shutil.which("npm"))):
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("provider")
    for name in ("package.json", "server.mjs"):
        shutil.copy(HERE / name, folder)
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the package registry does not answer")
    if done.returncode:
        pytest.skip(f"the authorization server cannot be installed: {done.stderr.strip()[-200:]}")
    return folder


@pytest.fixture(scope="session")
def provider_process(provider_folder: Path) -> Iterator[AuthorizationServerProcess]:
    """The authorization server of this session."""
    process = AuthorizationServerProcess(provider_folder)
    yield process
    process.stop()


@pytest.fixture
async def provider(
    provider_process: AuthorizationServerProcess, session: aiohttp.ClientSession
) -> AuthorizationServer:
    """The authorization server, knowing nobody's consent."""
    found = AuthorizationServer(provider_process.url, session)
    await found.reset()
    return found


@pytest.fixture
async def server(start_server: StartServer, provider: AuthorizationServer) -> Server:
    """A linkroll whose one platform is the provider's, entered there."""
    server = await serve_generic(GenericLogin(), start_server, provider)
    await provider.register(server)
    return server


@pytest.fixture
async def mara(roster: Roster) -> str:
    """Mara's account, added and not connected."""
    profile = await roster.create_profile("Mara Linden")
    return await roster.add(profile, "https://id.example/@mara")


@pytest.fixture
async def halfway(roster: Roster, browser: Browser, mara: str) -> tuple[str, str]:
    """Mara's consent, whose answer has not reached us: the attempt's id, and the callback's address."""
    return await roster.walk_halfway(browser, "mara", mara)


@pytest.fixture
async def linked(roster: Roster, browser: Browser, mara: str) -> str:
    """Mara's account, connected."""
    attempt, _ = await roster.walk(browser, "mara", mara)
    assert attempt["state"] == "SUCCEEDED", attempt
    return mara
