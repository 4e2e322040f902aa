"""The image: nobody is root in it, nothing secret goes in, and all that is installed is pinned by its hash."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IGNORE = (ROOT / ".dockerignore").read_text().splitlines()
SECRET = re.compile(r"secret|password|token|vault_key|client_id|database_url", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One instruction."""

    stage: int
    word: str
    rest: str


def lines() -> list[Line]:
    """The instructions of the Dockerfile, with what is continued put together and comments left out."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    found, stage = [], -1
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            stage += word == "FROM"
            found.append(Line(stage, word, rest.strip()))
    return found


def is_sent(path: str) -> bool:
    """Whether a file of the repository goes to the builder: the last pattern that fits decides, as Docker has it."""
    sent = True
    for pattern in IGNORE:
        if pattern and not pattern.startswith("#") and _fits(path, pattern.lstrip("!").rstrip("/")):
            sent = pattern.startswith("!")
    return sent


def _fits(path: str, pattern: str) -> bool:
    parts = path.split("/")
    whole = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatchcase(part, pattern[3:]) for part in parts)
    return any(fnmatch.fnmatchcase(part, pattern) for part in whole)


LINES = lines()
LAST = [line for line in LINES if line.stage == LINES[-1].stage]
RUNS = [command.strip() for line in LINES if line.word == "RUN" for command in line.rest.split("&&")]


def test_it_is_built_in_stages_and_the_last_one_builds_nothing() -> None:
    assert LINES[-1].stage >= 1
    copied = [line.rest for line in LAST if line.word == "COPY"]
    assert copied and all(rest.startswith("--from=builder ") for rest in copied)
    assert not any("pip" in line.rest for line in LAST if line.word == "RUN")


def test_what_runs_is_no_root() -> None:
    words = [line.word for line in LAST]
    users = [line.rest for line in LAST if line.word == "USER"]

    assert len(users) == 1
    user, group = users[0].split(":")
    assert int(user) > 0 and int(group) > 0
    assert "RUN" not in words[words.index("USER") :]
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_nothing_is_fetched_by_address_or_unpacked_on_the_way() -> None:
    assert not [line for line in LINES if line.word == "ADD"]
    assert not [line.rest for line in LINES if "://" in line.rest and line.word != "HEALTHCHECK"]


def test_no_secret_has_a_place_in_it() -> None:
    assert not [line.rest for line in LINES if line.word in ("ENV", "ARG") and SECRET.search(line.rest)]


def test_everything_foreign_is_installed_by_its_hash_and_everything_else_without_an_index() -> None:
    installs = [command for command in RUNS if re.search(r"\bpip\b.*\b(install|wheel)\b", command)]

    assert len(installs) == 4
    for command in installs:
        pinned = "--require-hashes" in command and "--only-binary :all:" in command
        assert pinned or ("--no-deps" in command and "--no-index" in command), command


@pytest.mark.parametrize("name", ["runtime", "otel", "build"])
def test_the_locks_that_it_is_built_from_are_there(name: str) -> None:
    assert (ROOT / "requirements" / f"{name}.txt").exists()
    assert is_sent(f"requirements/{name}.txt")


def test_all_that_is_copied_is_there_and_is_sent() -> None:
    sources = [
        source
        for line in LINES
        if line.word == "COPY" and "--from" not in line.rest
        for source in shlex.split(line.rest)[:-1]
    ]

    assert "server/" in sources
    for source in sources:
        files = [path for path in [ROOT / source, *(ROOT / source).rglob("*")] if path.is_file()]
        assert any(is_sent(str(path.relative_to(ROOT))) for path in files), source


@pytest.mark.parametrize(
    "path",
    [
        "data/vault.key",
        "data/postgres/base/1",
        "server/vault.key",
        "server/key.pem",
        ".env",
        "server/.env.production",
        ".git/config",
        ".venv/bin/python",
        "sandbox/linkroll_sandbox/app.py",
        "tests/conftest.py",
        "plugins/tiktok/tests/conftest.py",
        "requirements/dev.txt",
    ],
)
def test_what_is_private_or_of_no_use_is_not_sent(path: str) -> None:
    assert not is_sent(path)


@pytest.mark.parametrize("path", ["server/app.py", "server/migrations/0001_roster.py", "sdk/pyproject.toml"])
def test_what_runs_is_sent(path: str) -> None:
    assert is_sent(path)


def test_it_is_production_and_stops_on_the_signal_that_the_server_knows() -> None:
    """Both in the form without a shell: it would keep the signal to itself."""
    environment = next(line.rest for line in LAST if line.word == "ENV")

    assert "LINKROLL_ENV=production" in environment
    assert next(line.rest for line in LAST if line.word == "STOPSIGNAL") == "SIGTERM"
    for word in ("ENTRYPOINT", "CMD"):
        assert isinstance(json.loads(next(line.rest for line in LAST if line.word == word)), list)
