"""How a mutation's success is shown: plain attributes, and the objects it points at, freshly read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.reads import registry
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.tables import build

RowId = int | UUID


@dataclass(frozen=True, slots=True)
class One:
    """One object of a schema type, by row id."""

    type_name: str
    id: RowId


@dataclass(frozen=True, slots=True)
class Many:
    """Objects of a schema type, by row ids, in this order."""

    type_name: str
    ids: Sequence[RowId]


async def show_success(
    reader: Reader,
    kind: type,
    selection: Selection,
    nodes: Mapping[str, One | Many],
    attributes: Mapping[str, object] | None = None,
) -> Any:
    """An object of *kind*. Of *nodes* (by Python field name) only those selected are read."""
    children: dict[str, object] = {}
    for selected in selection.on(kind.__name__):
        node = nodes.get(selected.name)
        if isinstance(node, One):
            table = registry.table(node.type_name)
            children[selected.key] = await table.by_id(reader, node.id, selected.of)
        elif isinstance(node, Many):
            found = await registry.table(node.type_name).by_ids(reader, node.ids, selected.of)
            children[selected.key] = [found[i] for i in node.ids if i in found]
    return build(kind, attributes or {}, children)
