"""Relay global ids: opaque outside, `Type:key` in base64 inside."""

from __future__ import annotations

import base64
import binascii
import re
from uuid import UUID

ROW = re.compile(r"[1-9][0-9]{0,18}\Z")
MAX_ROW = 2**63 - 1


def global_id(type_name: str, key: int | UUID | str) -> str:
    """The id of one object, as the schema shows it."""
    return base64.b64encode(f"{type_name}:{key}".encode()).decode()


def split_id(text: str) -> tuple[str, str] | None:
    """The type and key inside an id, or None when it is none of ours."""
    if len(text) > 200:
        return None
    try:
        type_name, separator, key = base64.b64decode(text, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (type_name, key) if separator else None


def row_id(text: str, type_name: str) -> int | None:
    """The row number in an id of *type_name*, or None."""
    parts = split_id(text)
    if parts is None or parts[0] != type_name or not ROW.match(parts[1]):
        return None
    number = int(parts[1])
    return number if number <= MAX_ROW else None


def uuid_id(text: str, type_name: str) -> UUID | None:
    """The UUID in an id of *type_name*, or None."""
    parts = split_id(text)
    if parts is None or parts[0] != type_name:
        return None
    try:
        return UUID(parts[1])
    except ValueError:
        return None
