"""How refusals are shown: their facts, and the objects they point at, as far as the viewer may see them."""

from __future__ import annotations

import dataclasses
from typing import Any

from server.reads import registry
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.tables import build
from server.schema.types.refusals import TYPES, shown_as_python
from server.services.refusals import Refusal


async def show(reader: Reader, refusal: Refusal, selection: Selection) -> Any:
    """The schema object of a refusal. Node facts are read by the viewer's own rights, so they may be null."""
    kind = TYPES[refusal.code]
    shown = {"code": refusal.code, "message": refusal.message, "next_step": refusal.next_step}
    children: dict[str, object] = {}
    for fact in dataclasses.fields(refusal):  # type: ignore[arg-type]
        value, node = getattr(refusal, fact.name), fact.metadata["node"]
        if node is None:
            shown[fact.name] = value
            continue
        for selected in selection.named(type(refusal).__name__, shown_as_python(fact.metadata["name"])):
            children[selected.key] = await registry.table(node).by_id(reader, value, selected.of)
    return build(kind, shown, children)
