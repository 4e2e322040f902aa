"""The vault: what is sealed opens in its own place, under its own key, unchanged, and nowhere else."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.vault import Vault, VaultError, create_key_file, parse_keys, read_key_file

OLD, NEW = b"o" * 32, b"n" * 32
HERE, THERE = "oauth_grant|sealed_tokens|1", "oauth_grant|sealed_tokens|2"

TOKEN = "EAAB-planted-token"


@pytest.fixture
def vault() -> Vault:
    """A vault with one key."""
    return Vault({"old": OLD})


@given(text=st.text(st.characters(codec="utf-8")), place=st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_in_its_place(text: str, place: str) -> None:
    vault = Vault({"old": OLD})

    assert vault.open(vault.seal(text, place), place) == text


def test_a_value_does_not_open_in_another_place(vault: Vault) -> None:
    """Else a copy of one account's row would be a copy of its tokens."""
    sealed = vault.seal(TOKEN, HERE)

    with pytest.raises(VaultError, match="does not open"):
        vault.open(sealed, THERE)


def test_one_text_sealed_twice_looks_different_and_shows_nothing(vault: Vault) -> None:
    first, second = vault.seal(TOKEN, HERE), vault.seal(TOKEN, HERE)

    assert first != second
    assert TOKEN.encode() not in first and TOKEN.encode() not in second


def test_a_value_with_any_byte_changed_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(TOKEN, HERE)

    for at in range(len(sealed)):
        changed = bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]])
        with pytest.raises(VaultError):
            vault.open(changed, HERE)


def test_a_value_that_was_cut_off_anywhere_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(TOKEN, HERE)

    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            vault.open(sealed[:length], HERE)


def test_another_key_of_that_name_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(TOKEN, HERE)

    with pytest.raises(VaultError, match="does not open under master key 'old'"):
        Vault({"old": NEW}).open(sealed, HERE)


def test_a_value_of_a_key_that_is_not_there_names_the_key(vault: Vault) -> None:
    sealed = vault.seal(TOKEN, HERE)

    with pytest.raises(VaultError, match="'old', which is not configured"):
        Vault({"new": NEW}).open(sealed, HERE)


def test_a_new_key_seals_while_the_old_one_still_opens(vault: Vault) -> None:
    before = vault.seal(TOKEN, HERE)
    both = Vault({"new": NEW, "old": OLD})

    after = both.seal(TOKEN, HERE)

    assert both.open(before, HERE) == both.open(after, HERE) == TOKEN
    assert Vault({"new": NEW}).open(after, HERE) == TOKEN


def test_an_error_never_holds_the_text(vault: Vault) -> None:
    sealed = vault.seal(TOKEN, HERE)

    with pytest.raises(VaultError) as caught:
        vault.open(sealed, THERE)

    assert TOKEN not in f"{caught.value} {caught.value.__cause__}"


# Keys


def test_keys_are_read_newest_first_from_commas_or_lines() -> None:
    new, old = (base64.b64encode(key).decode() for key in (NEW, OLD))

    assert (
        parse_keys(f"new:{new}, old:{old}")
        == parse_keys(f"new:{new}\nold:{old}\n")
        == {"new": NEW, "old": OLD}
    )
    assert Vault(parse_keys(f"new:{new},old:{old}")).current == "new"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("k1:not-base64!", "Master key 1 is not base64."),
        ("bm8gY29sb24=", "Master key 1 is not of the form name:base64."),
    ],
)
def test_a_malformed_key_is_named_by_its_place_and_not_shown(text: str, says: str) -> None:
    with pytest.raises(VaultError) as caught:
        parse_keys(text)

    assert str(caught.value) == says


@pytest.mark.parametrize(
    "keys",
    [{}, {"short": b"k" * 16}, {"": OLD}, {"n" * 65: OLD}],
    ids=["none", "short", "nameless", "long name"],
)
def test_a_vault_without_a_sound_key_does_not_open(keys: dict[str, bytes]) -> None:
    with pytest.raises(VaultError):
        Vault(keys)


def test_a_key_file_is_its_owners_alone_and_is_never_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"

    made = create_key_file(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path) == made
    assert [len(key) for key in made.values()] == [32]
    with pytest.raises(FileExistsError):
        create_key_file(path)


def test_a_key_file_that_is_not_there_holds_no_key(tmp_path: Path) -> None:
    assert read_key_file(tmp_path / "vault.key") == {}
