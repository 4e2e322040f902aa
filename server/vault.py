"""
The vault: tokens sealed at rest, each bound to its row.

Promises: AES-256-GCM under a fresh data key per value; the data key wrapped (RFC 3394) by a named
master key; the row's place is associated data, so a blob moved to another row does not open. A wrong
or missing master key stops the start. Does not promise: protection from who holds database *and* keys.
See ADR 0003.

A sealed value is `version (1) | name length (1) | key name | wrapped key (40) | nonce (12) | ciphertext`.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
WRAPPED_BYTES = KEY_BYTES + 8
CANARY = b"linkroll vault canary"


class VaultError(Exception):
    """The keys are wrong, or a value does not open. Says which key and place, never a value."""


class Vault:
    """Seals and opens under the first key of *keys*; opens under any of them."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise VaultError("The vault has no master key.")
        for name, key in keys.items():
            if len(key) != KEY_BYTES:
                raise VaultError(f"Master key {name!r} has {len(key)} bytes; it must have {KEY_BYTES}.")
            if not 1 <= len(name.encode()) <= 64:
                raise VaultError("A master key's name has 1 to 64 bytes.")
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the master keys, the sealing one first."""
        return tuple(self._keys)

    def seal(self, text: str, place: str) -> bytes:
        """*text* sealed for *place* (`table|column|row id`)."""
        data_key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
        wrapped = aes_key_wrap(self._keys[self.current], data_key)
        ciphertext = AESGCM(data_key).encrypt(nonce, text.encode(), place.encode())
        return _put_together(self.current, wrapped, nonce, ciphertext)

    def open(self, sealed: bytes, place: str) -> str:
        """The text sealed for *place*; `VaultError` for another place, another key, or a changed byte."""
        name, wrapped, nonce, ciphertext = _take_apart(sealed)
        master = self._keys.get(name)
        if master is None:
            raise VaultError(f"{place} is sealed under master key {name!r}, which is not configured.")
        try:
            data_key = aes_key_unwrap(master, wrapped)
            return AESGCM(data_key).decrypt(nonce, ciphertext, place.encode()).decode()
        except (InvalidTag, InvalidUnwrap, ValueError) as error:
            raise VaultError(f"{place} does not open under master key {name!r}.") from error

    def rewrap(self, sealed: bytes) -> bytes:
        """The same value under the first key: only its data key is wrapped anew, so it opens in its place still."""
        name, wrapped, nonce, ciphertext = _take_apart(sealed)
        master = self._keys.get(name)
        if master is None:
            raise VaultError(f"A value is sealed under master key {name!r}, which is not configured.")
        try:
            data_key = aes_key_unwrap(master, wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise VaultError(f"A value does not open under master key {name!r}.") from error
        return _put_together(
            self.current, aes_key_wrap(self._keys[self.current], data_key), nonce, ciphertext
        )


def key_name(sealed: bytes) -> str:
    """The name of the master key that a value is sealed under."""
    return _take_apart(sealed)[0]


def _put_together(name: str, wrapped: bytes, nonce: bytes, ciphertext: bytes) -> bytes:
    encoded = name.encode()
    return bytes([VERSION, len(encoded)]) + encoded + wrapped + nonce + ciphertext


def _take_apart(sealed: bytes) -> tuple[str, bytes, bytes, bytes]:
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise VaultError("This is no sealed value of a version we know.")
    at = 2 + sealed[1]
    name, wrapped = sealed[2:at], sealed[at : at + WRAPPED_BYTES]
    nonce = sealed[at + WRAPPED_BYTES : at + WRAPPED_BYTES + NONCE_BYTES]
    return name.decode(errors="replace"), wrapped, nonce, sealed[at + WRAPPED_BYTES + NONCE_BYTES :]


def parse_keys(text: str) -> dict[str, bytes]:
    """Master keys from `name:base64,…`; `VaultError` names the entry that is malformed."""
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(filter(None, (e.strip() for e in text.replace("\n", ",").split(","))), 1):
        name, separator, value = entry.partition(":")
        try:
            keys[name.strip()] = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise VaultError(f"Master key {number} is not base64.") from error
        if not separator:
            raise VaultError(f"Master key {number} is not of the form name:base64.")
    return keys


def read_key_file(path: Path) -> dict[str, bytes]:
    """The master keys of a key file, or none when there is no file."""
    return parse_keys(path.read_text()) if path.exists() else {}


def create_key_file(path: Path) -> dict[str, bytes]:
    """Write a new master key where there is none, readable by its owner only."""
    line = f"k1:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(line)
    return parse_keys(line)
