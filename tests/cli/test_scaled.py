"""What commands do and say where the database stands behind a pooler, and the workers elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.commands import VAULT_KEY, run
from support.databases import Databases
from support.workers import start_worker

NOBODY = "postgresql://postgres@127.0.0.1:1/roster"


@pytest.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    """A database without any table."""
    url = await databases.empty()
    yield url
    await databases.drop(url)


def test_migrating_goes_past_the_pooler(empty_url: str) -> None:
    """The lock that migrations take belongs to one connection, and a pooler has many."""
    answered = run(
        "migrate", "--json", env={"LINKROLL_DATABASE_URL": NOBODY, "LINKROLL_LISTEN_URL": empty_url}
    )

    assert answered.code == 0, answered.err
    assert "0001_roster" in json.loads(answered.out)["applied"]


def test_the_doctor_migrates_past_the_pooler_too(tmp_path: Path, empty_url: str, database_url: str) -> None:
    env = {
        "LINKROLL_DATABASE_URL": database_url,
        "LINKROLL_LISTEN_URL": empty_url,
        "LINKROLL_VAULT_KEYS": VAULT_KEY,
    }

    answered = run("doctor", "--json", "--data-dir", str(tmp_path), env=env)

    [found] = [f for f in json.loads(answered.out) if f["what"] == "database"]
    assert " 0 migrations" not in found["says"]


def test_the_doctor_says_when_the_work_is_left_to_workers_and_there_are_none(
    tmp_path: Path, database_url: str
) -> None:
    env = {
        "LINKROLL_DATABASE_URL": database_url,
        "LINKROLL_VAULT_KEYS": VAULT_KEY,
        "LINKROLL_DATA_DIR": str(tmp_path),
        "LINKROLL_WORKER": "external",
    }

    alone = run("doctor", "--json", env=env)
    worker = start_worker(env)
    try:
        accompanied = run("doctor", "--json", env=env)
    finally:
        worker.stop()

    broken = [found for found in json.loads(alone.out) if not found["ok"]]
    assert [found["what"] for found in broken] == ["worker"]
    assert "LINKROLL_WORKER" in broken[0]["says"]
    assert accompanied.code == 0, accompanied.out
