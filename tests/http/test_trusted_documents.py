"""With a manifest, its operations run and nothing else does, whatever the transport."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.transport.trusted_documents import BadManifest, TrustedDocuments
from support.client import Client
from support.commands import VAULT_KEY, run
from support.server import Server, StartServer
from support.sockets import open_socket

WHOAMI = "{ viewer { name } }"
FOLLOW = "subscription { accountStatusChanged { __typename } }"
MANIFESTS: dict[str, Any] = {
    "ids and documents": {"whoami": WHOAMI, "follow": FOLLOW},
    "Apollo's": {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            {"id": "whoami", "name": "A", "type": "query", "body": WHOAMI},
            {"id": "follow", "name": "B", "type": "subscription", "body": FOLLOW},
        ],
    },
}


@pytest.fixture(params=MANIFESTS)
async def trusting(request: pytest.FixtureRequest, start_server: StartServer, tmp_path: Path) -> Server:
    """A server with a manifest."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFESTS[request.param]))
    return await start_server(trusted_documents=path)


async def post(server: Server, client: Client, body: dict[str, Any]) -> Any:
    """The answer to a body."""
    headers = {"Authorization": f"Bearer {client.key}"}
    async with server.session.post(f"{server.url}/graphql", json=body, headers=headers) as answer:
        return await answer.json()


GOOD: list[dict[str, Any]] = [
    {"query": WHOAMI},
    {"documentId": "whoami"},
    {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "whoami"}}},
]
BAD: list[dict[str, Any]] = [
    {"query": "{ viewer { role } }"},
    {"query": WHOAMI + " "},
    {"query": "{ __schema { queryType { name } } }"},
    {"documentId": "unknown"},
    {"documentId": "unknown", "query": WHOAMI},
    {"extensions": {"persistedQuery": {"sha256Hash": "unknown"}}},
    {},
]


async def test_a_trusted_document_runs_by_its_id_or_its_text(trusting: Server) -> None:
    client = await trusting.client()

    answers = [await post(trusting, client, body) for body in GOOD]

    assert answers == [{"data": {"viewer": {"name": "admin"}}}] * len(GOOD)


async def test_nothing_else_runs(trusting: Server) -> None:
    client = await trusting.client()

    codes = [(await post(trusting, client, body))["errors"][0]["extensions"]["code"] for body in BAD]

    assert codes == ["DOCUMENT_NOT_TRUSTED"] * len(BAD)


async def test_sockets_are_no_way_around_it(trusting: Server) -> None:
    client = await trusting.client()
    async with open_socket(trusting.session, trusting.url) as socket:
        await socket.init(client.key)
        found = {}
        for number, body in enumerate([{"documentId": "whoami"}, {"query": "{ viewer { role } }"}]):
            await socket.send({"type": "subscribe", "id": str(number), "payload": body})
            frame = await socket.receive()
            found[number] = frame["payload"]
            if frame["type"] == "next":
                await socket.receive()

    assert found[0] == {"data": {"viewer": {"name": "admin"}}}
    assert found[1][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_without_a_manifest_an_id_names_nothing(server: Server) -> None:
    answer = await post(server, await server.client(), {"documentId": "whoami"})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "text", ["", "[]", "1", '{"a": 1}', '{"operations": [{"id": 1}]}', '{"operations": [1]}', "\xff"]
)
def test_a_manifest_that_is_none_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(BadManifest, match=r"manifest\.json"):
        TrustedDocuments.load(path)


def test_a_missing_manifest_stops_the_start(database_url: str, tmp_path: Path) -> None:
    """Going on without it would let anything run."""
    answered = run(
        "serve",
        "--port",
        "0",
        env={
            "LINKROLL_TRUSTED_DOCUMENTS": str(tmp_path / "gone.json"),
            "LINKROLL_DATABASE_URL": database_url,
            "LINKROLL_VAULT_KEYS": VAULT_KEY,
        },
    )

    assert answered.code != 0
    assert "LINKROLL_TRUSTED_DOCUMENTS" in answered.err
    assert "Traceback" not in answered.err
