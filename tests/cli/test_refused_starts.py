"""A start that cannot go well does not happen, and one sentence says what to mend."""

from __future__ import annotations

import base64
import socket
from pathlib import Path

import pytest

from support.commands import VAULT_KEY, Answered, processes_of, run
from support.server import StartServer

OTHER_KEY_OF_THAT_NAME = "k1:" + base64.b64encode(b"d" * 32).decode()
KEY_OF_ANOTHER_NAME = "k2:" + base64.b64encode(b"c" * 32).decode()


def _is_one_sentence(answered: Answered) -> bool:
    return answered.out == "" and answered.err.count("\n") == 1 and "Traceback" not in answered.err


@pytest.mark.parametrize(
    ("name", "value"),
    [("LINKROLL_PORT", "seventy"), ("LINKROLL_DATABASE_POOL", "0"), ("LINKROLL_CONSENT_DAYS", "")],
)
def test_a_malformed_setting_stops_the_start_by_its_name(data_dir: Path, name: str, value: str) -> None:
    answered = run("serve", "--data-dir", str(data_dir), env={name: value})

    assert answered.code == 2
    assert _is_one_sentence(answered) and answered.err.startswith(f"{name}: "), answered.err


def test_the_sandbox_never_runs_in_production(data_dir: Path) -> None:
    env = {"LINKROLL_ENV": "production", "LINKROLL_PUBLIC_URL": "https://roster.example"}

    answered = run("serve", "--sandbox", "--port", "0", "--data-dir", str(data_dir), env=env)

    assert answered.code == 1
    assert _is_one_sentence(answered) and "never runs in production" in answered.err
    assert processes_of(data_dir) == []


def test_production_demands_https(data_dir: Path) -> None:
    answered = run("serve", "--port", "0", "--data-dir", str(data_dir), env={"LINKROLL_ENV": "production"})

    assert answered.code == 1
    assert _is_one_sentence(answered) and "LINKROLL_PUBLIC_URL" in answered.err


def test_a_port_in_use_is_named(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        answered = run("serve", "--port", port, "--data-dir", str(data_dir))

    assert answered.code == 1
    assert _is_one_sentence(answered) and port in answered.err and "--port 0" in answered.err


def test_a_database_that_does_not_answer_is_one_sentence(data_dir: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        env = {"LINKROLL_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/roster"}

        answered = run("serve", "--port", "0", "--data-dir", str(data_dir), env=env)

    assert answered.code == 1
    assert _is_one_sentence(answered) and "LINKROLL_DATABASE_URL" in answered.err, answered.err


# The vault's key


def test_a_data_folder_without_its_key_is_not_opened_with_a_new_one(data_dir: Path) -> None:
    """A key made up on the spot would lock every token out for ever."""
    run("key", "list", "--data-dir", str(data_dir))
    (data_dir / "vault.key").unlink()

    answered = run("serve", "--port", "0", "--data-dir", str(data_dir))

    assert answered.code == 1
    assert _is_one_sentence(answered) and str(data_dir / "vault.key") in answered.err
    assert not (data_dir / "vault.key").exists()
    assert processes_of(data_dir) == []


def test_a_database_of_the_operators_gets_no_key_of_ours(data_dir: Path, database_url: str) -> None:
    answered = run(
        "serve", "--port", "0", "--data-dir", str(data_dir), env={"LINKROLL_DATABASE_URL": database_url}
    )

    assert answered.code == 1
    assert _is_one_sentence(answered) and "LINKROLL_VAULT_KEYS" in answered.err


async def test_a_key_that_the_database_still_knows_may_not_be_left_out(
    start_server: StartServer, data_dir: Path, database_url: str
) -> None:
    """Something may be sealed under it still, and would be missed only when it is needed."""
    await start_server(vault_keys=VAULT_KEY)
    await start_server(vault_keys=f"{KEY_OF_ANOTHER_NAME},{VAULT_KEY}")
    env = {"LINKROLL_DATABASE_URL": database_url, "LINKROLL_VAULT_KEYS": KEY_OF_ANOTHER_NAME}

    answered = run("serve", "--port", "0", "--data-dir", str(data_dir), env=env)

    assert answered.code == 1
    assert _is_one_sentence(answered) and "not configured: k1." in answered.err, answered.err


@pytest.mark.parametrize(
    "wrong",
    [OTHER_KEY_OF_THAT_NAME, KEY_OF_ANOTHER_NAME],
    ids=["another key of that name", "a key of another name"],
)
async def test_a_wrong_key_stops_the_start_and_is_not_printed(
    start_server: StartServer, data_dir: Path, database_url: str, wrong: str
) -> None:
    await start_server(vault_keys=VAULT_KEY)
    env = {"LINKROLL_DATABASE_URL": database_url, "LINKROLL_VAULT_KEYS": wrong}

    answered = run("serve", "--port", "0", "--data-dir", str(data_dir), env=env)

    assert answered.code == 1
    assert _is_one_sentence(answered), answered.err
    assert wrong.partition(":")[2] not in answered.err
