"""Any object by its global id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from server.ids import row_id, split_id, uuid_id
from server.reads import campaigns, connect_attempts, posts, profiles, registry, social_accounts
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.resolvers.context import Info, reader_of
from server.schema.types.errors import coded

MAX_NODES = 100

# What can be fetched by id. Importing the modules is what registers their tables.
TABLES = {
    profiles.TABLE.type_name: row_id,
    social_accounts.TABLE.type_name: row_id,
    posts.TABLE.type_name: row_id,
    campaigns.TABLE.type_name: row_id,
    connect_attempts.TABLE.type_name: uuid_id,
    connect_attempts.CANDIDATE.type_name: uuid_id,
}


async def node(info: Info, id: str) -> Any | None:
    """The object, or None for an id that is nobody's, somebody else's, or no id at all."""
    return (await nodes(info, [id]))[0]


async def node_of(info: Info, type_name: str, id: str) -> Any | None:
    """The object if it is of this type, else None: what was selected fits no other."""
    return (await _found(info, [id], [type_name]))[0]


async def nodes(info: Info, ids: Sequence[str]) -> list[Any | None]:
    """The objects in the order of *ids*, None where there is none. One statement a type."""
    if len(ids) > MAX_NODES:
        raise coded("INVALID_PAGE", f"`ids` takes at most {MAX_NODES} ids.")
    return await _found(info, ids, TABLES)


async def _found(info: Info, ids: Sequence[str], types: Iterable[str]) -> list[Any | None]:
    reader, selection = reader_of(info), Selection.below(info)
    keys = [_key(text) for text in ids]
    found: dict[tuple[str, Any], Any] = {}
    for type_name in types:
        wanted = [key for key in keys if key is not None and key[0] == type_name]
        found |= await _load(reader, type_name, [key[1] for key in wanted], selection)
    return [found.get(key) if key else None for key in keys]


def _key(text: str) -> tuple[str, Any] | None:
    parts = split_id(text)
    read = TABLES.get(parts[0]) if parts else None
    if parts is None or read is None:
        return None
    key = read(text, parts[0])
    return (parts[0], key) if key is not None else None


async def _load(
    reader: Reader, type_name: str, keys: list[Any], selection: Selection
) -> dict[tuple[str, Any], Any]:
    if not keys:
        return {}
    read = profiles.by_surviving_ids if type_name == "Profile" else registry.table(type_name).by_ids
    return {(type_name, key): found for key, found in (await read(reader, keys, selection)).items()}
