"""What a mutation's input tells the audit log: which of our objects it names."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from server.ids import global_id, row_id, split_id, uuid_id

ROWS = ("Profile", "SocialAccount", "ProfileMerge", "Campaign", "Post")
UUIDS = ("ConnectAttempt", "ConnectCandidate")


def ids_in(value: object) -> Iterator[str]:
    """
    The ids of our own objects in an input, in their one spelling.

    Any other text is left out: a caller can put anything there, a token by mistake included.
    """
    if isinstance(value, str):
        if (found := _own_id(value)) is not None:
            yield found
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from ids_in(one)
    elif isinstance(value, dict):
        yield from ids_in(list(value.values()))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from ids_in(getattr(value, field.name))
    elif hasattr(value, "value"):
        # What may be left out of an input stands in a wrapper of Strawberry's.
        yield from ids_in(value.value)


def _own_id(text: str) -> str | None:
    type_name, _ = split_id(text) or ("", "")
    if type_name in ROWS:
        row = row_id(text, type_name)
        return global_id(type_name, row) if row is not None else None
    key = uuid_id(text, type_name) if type_name in UUIDS else None
    return global_id(type_name, key) if key is not None else None
