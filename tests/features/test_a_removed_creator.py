"""A creator who is removed is gone: tokens, names, numbers, consents that still ran, and from every log."""

from __future__ import annotations

from server.ids import row_id
from server.services.callers.api_keys import create_key
from server.services.callers.viewers import Role
from server.services.links.grants import place
from server.services.polling.retention import purge
from server.worker.schedule import chores
from support.browser import Browser
from support.client import Client
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.snapshots import snapshot

NAME = "Quillfeather"
REMOVE = "mutation ($i: RemoveProfileInput!) { removeProfile(input: $i) { __typename } }"
RENAME = "mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { __typename } }"


async def everything(server: Server) -> str:
    """All rows of all tables, the audit log too, as text."""
    audit = await server.host.database.fetch("SELECT t::text AS line FROM audit_entry t")
    rows = [line for lines in (await snapshot(server.host)).values() for line in lines]
    return "\n".join([*rows, *(row["line"] for row in audit)])


async def test_nothing_of_a_removed_creator_is_found_again(
    server: Server, sandbox: Sandbox, browser: Browser
) -> None:
    roster = await server.roster()
    profile = await roster.create_profile(NAME, external_id=f"ext-{NAME}")
    account = await roster.link(browser, "mara", profile, "@marabakes", "tiktok")
    await roster.walk_halfway(browser, "mara", profile=profile, platform="youtube")
    creator = await create_key(server.host, NAME, Role.CREATOR, row_id(profile, "Profile"))
    await Client(server.url, server.session, creator).ask(RENAME, i={"id": profile, "displayName": NAME})
    for chore in chores(server.host.platforms):
        await chore.run(server.host)
    platform_id = str((await roster.account(account))["platformId"])
    [grant] = await server.host.database.fetch("SELECT id, sealed_tokens, subject FROM oauth_grant")
    assert server.host.vault.open(grant["sealed_tokens"], place(grant["id"]))
    of_theirs = [NAME, "marabakes", platform_id, grant["subject"], str(grant["id"])]
    before = await everything(server)

    await roster.client.ask(REMOVE, i={"id": profile})
    await purge(server.host)

    after = await everything(server)
    assert [text for text in of_theirs if text not in before] == []
    assert [text for text in of_theirs if text in after] == []
    assert await server.sealed_tokens() == {}
    [numbers] = await server.host.database.fetch(
        "SELECT (SELECT count(*) FROM metric_snapshot) + (SELECT count(*) FROM post) AS n"
    )
    assert numbers["n"] == 0
    assert "tiktok" not in {login for login, _ in await sandbox.live_grants()}


async def test_who_removed_them_stays_known(server: Server) -> None:
    roster: Roster = await server.roster()
    profile = await roster.create_profile(NAME)

    await roster.client.ask(REMOVE, i={"id": profile})

    log = await roster.client.ask(
        "query ($f: AuditLogFilter) { auditLog(filter: $f) { nodes { action actor } } }",
        f={"targetId": profile},
    )
    name = (roster.client.key or "").partition(".")[0]
    assert log["nodes"] == [
        {"action": "removeProfile", "actor": name},
        {"action": "createProfile", "actor": name},
    ]
