"""What linkroll depends on is pinned by hash, listed whole, and asked about where somebody can be asked."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pip_requirements_parser import RequirementsFile

ROOT = Path(__file__).parents[2]
LOCKS = ("build", "dev", "otel", "runtime")
SECONDS = 120


def locked(name: str) -> list[Any]:
    """The requirements of a lock file, as a library reads them."""
    found = RequirementsFile.from_file(str(ROOT / "requirements" / f"{name}.txt"))
    assert not found.invalid_lines
    return list(found.requirements)


def script(name: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A script of `requirements/`."""
    return subprocess.run(
        [sys.executable, str(ROOT / "requirements" / name), *args],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_pinned_by_its_hash_and_no_host_is_named(name: str) -> None:
    assert locked(name)
    assert [one.name for one in locked(name) if not (one.is_pinned and one.hash_options)] == []
    assert "://" not in (ROOT / "requirements" / f"{name}.txt").read_text()


def test_the_bill_of_materials_is_whole_and_says_nothing_more() -> None:
    made = json.loads(script("sbom.py").stdout)
    listed = {part["purl"] for part in made["components"]}

    ours = {purl for purl in listed if purl.startswith("pkg:pypi/linkroll")}
    assert {f"pkg:pypi/{one.name}@{one.get_pinned_version}" for one in locked("runtime")} == listed - ours
    assert {purl.partition("@")[0].removeprefix("pkg:pypi/linkroll-") for purl in ours} == {
        "sdk",
        *(path.name for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").exists()),
    }
    assert made["metadata"]["component"]["name"] == "linkroll"


def test_the_bill_of_materials_is_up_to_date_and_made_alike_each_time() -> None:
    assert script("sbom.py").stdout == (ROOT / "requirements" / "sbom.json").read_text()


class Advisories(ThreadingHTTPServer):
    """A database of advisories that knows of one hole."""

    def __init__(self, package: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.package = package
        self.asked: list[str] = []


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Advisories)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        self.server.asked.append(asked)
        hole = {
            "id": "EXAMPLE-1",
            "details": "",
            "affected": [{"package": {"name": asked, "ecosystem": "PyPI"}}],
        }
        body = json.dumps({"vulns": [hole]} if asked == self.server.package else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture
def advisories() -> Iterator[Advisories]:
    """A database of advisories on loopback."""
    server = Advisories("aiohttp")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_known_hole_fails_the_audit_by_name(advisories: Advisories) -> None:
    ended = script("audit.py", f"http://127.0.0.1:{advisories.server_port}/")

    assert ended.returncode == 1
    assert "aiohttp" in ended.stdout and "EXAMPLE-1" in ended.stdout
    # Those with a marker are for other machines.
    assert {one.name for one in locked("runtime") if not one.marker} <= set(advisories.asked)


def test_an_audit_that_nobody_answers_is_skipped_with_a_sentence() -> None:
    ended = script("audit.py", "http://127.0.0.1:9/")

    assert ended.returncode == 0
    assert "skipped" in ended.stderr
