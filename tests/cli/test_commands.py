"""The smaller commands: answers on stdout, and JSON where a script would want it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import build_schema

from support.commands import VAULT_KEY, run
from support.databases import Databases

MIGRATIONS = Path(__file__).parents[2] / "server" / "migrations"


@pytest.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    """A database without any table."""
    url = await databases.empty()
    yield url
    await databases.drop(url)


def test_plugins_tell_where_they_come_from_and_what_they_ask_for() -> None:
    answered = run("plugins", "--json")

    assert answered.code == 0, answered.err
    rows = json.loads(answered.out)
    assert {row["distribution"] for row in rows} == {
        "linkroll-facebook",
        "linkroll-instagram",
        "linkroll-tiktok",
        "linkroll-youtube",
    }
    assert all(row["problems"] == [] for row in rows)


def test_the_printed_schema_is_a_schema() -> None:
    answered = run("schema")

    assert answered.code == 0, answered.err
    assert build_schema(answered.out).subscription_type is not None


def test_migrating_names_what_it_applied_and_then_has_nothing_to_do(empty_url: str) -> None:
    env = {"LINKROLL_DATABASE_URL": empty_url}

    first, again = run("migrate", "--json", env=env), run("migrate", env=env)

    applied = json.loads(first.out)["applied"]
    assert applied[:2] == ["0001_roster", "0002_rules"] and applied == sorted(applied)
    assert len(applied) == len(list(MIGRATIONS.glob("0*.py")))
    assert (again.code, again.out) == (0, "nothing to do\n")


def test_the_doctor_finds_a_sound_installation_sound(tmp_path: Path, database_url: str) -> None:
    env = {"LINKROLL_DATABASE_URL": database_url, "LINKROLL_VAULT_KEYS": VAULT_KEY}

    answered = run("doctor", "--json", "--data-dir", str(tmp_path), env=env)

    assert answered.code == 0, answered.err
    findings = json.loads(answered.out)
    assert {"settings", "database", "vault", "plugin", "login"} <= {finding["what"] for finding in findings}
    assert all(finding["ok"] for finding in findings)


def test_the_doctor_says_what_to_mend(tmp_path: Path) -> None:
    env = {"LINKROLL_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/roster"}

    answered = run("doctor", "--json", "--data-dir", str(tmp_path), env=env)

    assert answered.code == 1
    broken = [finding for finding in json.loads(answered.out) if not finding["ok"]]
    assert [finding["what"] for finding in broken] == ["database"]
    assert "LINKROLL_DATABASE_URL" in broken[0]["says"]


def test_the_doctor_asks_the_identity_provider_for_its_keys(tmp_path: Path, database_url: str) -> None:
    env = {
        "LINKROLL_DATABASE_URL": database_url,
        "LINKROLL_VAULT_KEYS": VAULT_KEY,
        "LINKROLL_JWT__ISSUER": "https://id.example",
        "LINKROLL_JWT__AUDIENCE": "linkroll",
        "LINKROLL_JWT__ROLES": "staff:observer",
        "LINKROLL_JWT__JWKS_URL": "http://127.0.0.1:1/jwks",
    }

    answered = run("doctor", "--json", "--data-dir", str(tmp_path), env=env)

    broken = [finding for finding in json.loads(answered.out) if not finding["ok"]]
    assert [finding["what"] for finding in broken] == ["callers"]
    assert "LINKROLL_JWT__JWKS_URL" in broken[0]["says"]


def test_half_an_identity_provider_stops_the_start_by_name(tmp_path: Path) -> None:
    env = {"LINKROLL_JWT__ISSUER": "https://id.example", "LINKROLL_JWT__AUDIENCE": "linkroll"}

    answered = run("key", "list", "--data-dir", str(tmp_path), env=env)

    assert (answered.code, answered.out) == (2, "")
    assert "LINKROLL_JWT__JWKS_URL: " in answered.err and "LINKROLL_JWT__ROLES: " in answered.err


def test_a_command_that_does_not_exist_is_asked_wrongly() -> None:
    answered = run("frobnicate")

    assert (answered.code, answered.out) == (2, "")
    assert "frobnicate" in answered.err
