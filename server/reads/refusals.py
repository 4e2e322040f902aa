"""How refusals are shown: their facts, and the objects they point at, as far as the viewer may see them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from server.reads import registry
from server.reads.profiles import by_surviving_ids
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.tables import build, put
from server.schema.types.refusals import TYPES, shown_as_python
from server.services.refusals import Refusal


async def show(reader: Reader, refusal: Refusal, selection: Selection) -> Any:
    """The schema object of a refusal. Node facts are read by the viewer's own rights, so they may be null."""
    return (await show_all(reader, [refusal], selection))[0]


async def show_all(reader: Reader, refusals: Sequence[Refusal], selection: Selection) -> list[Any]:
    """The schema objects of refusals, in order. Node facts are read together, one statement a fact."""
    shown = [build(TYPES[refusal.code], _plain(refusal)) for refusal in refusals]
    for kind in {type(refusal): None for refusal in refusals}:
        for fact in dataclasses.fields(kind):  # type: ignore[arg-type]
            if (node := fact.metadata["node"]) is None:
                continue
            ids = [getattr(refusal, fact.name) for refusal in refusals if type(refusal) is kind]
            for selected in selection.named(kind.__name__, shown_as_python(fact.metadata["name"])):
                found = await _by_ids(node)(reader, ids, selected.of)
                for refusal, parent in zip(refusals, shown, strict=True):
                    if type(refusal) is kind:
                        put(parent, selected.key, found.get(getattr(refusal, fact.name)))
    return shown


def _by_ids(node: str) -> Any:
    """How objects of a type are read by id: a merged profile as what it has become."""
    return by_surviving_ids if node == "Profile" else registry.table(node).by_ids


def _plain(refusal: Refusal) -> dict[str, object]:
    shown: dict[str, object] = {
        "code": refusal.code,
        "message": refusal.message,
        "next_step": refusal.next_step,
    }
    for fact in dataclasses.fields(refusal):  # type: ignore[arg-type]
        if fact.metadata["node"] is None:
            shown[fact.name] = getattr(refusal, fact.name)
    return shown
