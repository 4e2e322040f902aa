"""
Trusted documents: the operator's list of operations, besides which nothing runs.

The manifest is what frontends' tools write: `{id: document}` (Relay, GraphQL Code Generator), or Apollo's
`{"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}]}`. A request names an operation by
its id (`documentId`, or `extensions.persistedQuery.sha256Hash`), or sends its text as it stands in the list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MAX_MANIFEST = 20 * 1024 * 1024


class BadManifest(Exception):
    """The manifest cannot be used; the message says why, for the operator."""


class TrustedDocuments:
    """The operations of a manifest."""

    def __init__(self, by_id: Mapping[str, str]) -> None:
        self._by_id = dict(by_id)
        self._texts = frozenset(by_id.values())

    @classmethod
    def load(cls, path: Path) -> TrustedDocuments:
        """The manifest in this file. Raises `BadManifest`."""
        try:
            if path.stat().st_size > MAX_MANIFEST:
                raise BadManifest(f"{path} is over 20 MiB.")
            found = json.loads(path.read_bytes())
        except OSError as error:
            raise BadManifest(f"{path} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise BadManifest(f"{path} is no JSON.") from error
        return cls(_operations(found, path))

    def text(self, id: str | None, text: str | None) -> str | None:
        """The document that is meant, by its id or by its own text; None for one that is not in the list."""
        if id is not None:
            return self._by_id.get(id)
        return text if text in self._texts else None


def _operations(manifest: Any, path: Path) -> dict[str, str]:
    found = manifest
    if isinstance(manifest, dict) and isinstance(manifest.get("operations"), list):
        listed = manifest["operations"]
        found = {o.get("id"): o.get("body") for o in listed if isinstance(o, dict)}
        if len(found) != len(listed):
            raise BadManifest(f"{path}: two operations have one id, or one is no object.")
    if not isinstance(found, dict) or not all(isinstance(part, str) for kv in found.items() for part in kv):
        raise BadManifest(f"{path} is neither {{id: document}} nor Apollo's manifest.")
    return found


def document_id(id: object, extensions: object) -> str | None:
    """The id by which a request names its document: its own `documentId`, or Apollo's extension."""
    if isinstance(id, str):
        return id
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    named = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return named if isinstance(named, str) else None
