"""Who did what stands in the audit log, with the change or not at all; for good, for admins, without secrets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from server.ids import global_id
from server.services.callers.api_keys import create_key, revoke_key
from server.services.callers.audit import REFUSED_A_MINUTE, prune_audit
from server.services.callers.viewers import Role
from support.browser import Browser
from support.client import Client
from support.roster import Roster
from support.rows import Rows
from support.server import Server

ENTRY = "at actor actorName action outcome targetIds requestId"
CREATE = 'mutation { createProfile(input: {displayName: "Mara", kind: INDIVIDUAL}) { __typename } }'


async def log_of(server: Server, **wanted: Any) -> list[dict[str, Any]]:
    """The log as an admin reads it, the newest first."""
    admin = await server.client()
    page = await admin.ask(
        f"query ($f: AuditLogFilter) {{ auditLog(first: 100, filter: $f) {{ nodes {{ {ENTRY} }} }} }}",
        f=wanted,
    )
    return list(page["nodes"])


async def acts_of(server: Server, **wanted: Any) -> list[tuple[str, str]]:
    """What was done or tried by callers, the oldest first, and how it ended."""
    found = await log_of(server, **wanted)
    return [(e["action"], e["outcome"]) for e in reversed(found) if not e["action"].startswith("key.")]


def public(client: Client) -> str:
    """A client as the log names it."""
    assert client.key is not None
    return client.key.partition(".")[0]


# What is in it


async def test_an_entry_says_who_did_what_to_what(server: Server) -> None:
    manager = await server.roster(Role.MANAGER)

    mara = await manager.create_profile("Mara Linden")
    account = await manager.add(mara, "@marabakes", "tiktok")

    added, created = await log_of(server, actor=public(manager.client))
    assert (created["action"], created["targetIds"]) == ("createProfile", [mara])
    assert (added["action"], added["targetIds"]) == ("addSocialAccount", [mara, account])
    assert added["actorName"] == "manager" and added["outcome"] == "OK"


async def test_a_consent_that_begins_names_its_attempt(server: Server) -> None:
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")

    attempt, _ = await roster.begin(profile=mara, platform="tiktok")

    [entry] = await log_of(server, action="connectSocialAccount")
    assert entry["targetIds"] == [mara, attempt]


async def test_every_mutation_that_succeeds_leaves_one_entry(server: Server, browser: Browser) -> None:
    """Those with several transactions, and those that a platform is asked by, too."""
    roster = await server.roster()
    mara, dina = await roster.create_profile("Mara"), await roster.create_profile("Dina")
    account = await roster.add(mara, "@marabakes", "tiktok")
    await roster.walk(browser, "mara", account)
    await roster.unlink(account)
    await roster.remove(account)
    pair = {"survivorId": dina, "mergedId": mara}
    for name in ("previewMerge", "mergeProfiles"):
        await roster.client.ask(
            f"mutation ($i: MergeProfilesInput!) {{ {name}(input: $i) {{ __typename }} }}", i=pair
        )

    acts = await acts_of(server, actor=public(roster.client))

    assert acts == [
        ("createProfile", "OK"),
        ("createProfile", "OK"),
        ("addSocialAccount", "OK"),
        ("connectSocialAccount", "OK"),
        ("unlinkSocialAccount", "OK"),
        ("removeSocialAccount", "OK"),
        ("previewMerge", "OK"),
        ("mergeProfiles", "OK"),
    ]


async def test_what_was_refused_says_why(server: Server) -> None:
    roster, observer = await server.roster(), await server.client(Role.OBSERVER)
    mara = await roster.create_profile("Mara")
    account = await roster.add(mara, "@marabakes", "tiktok")

    await roster.try_add(mara, "@marabakes", "tiktok")
    await observer.send(CREATE)

    assert await acts_of(server, action="addSocialAccount") == [
        ("addSocialAccount", "OK"),
        ("addSocialAccount", "ACCOUNT_ALREADY_ATTACHED"),
    ]
    assert await acts_of(server, actor=public(observer)) == [("createProfile", "FORBIDDEN")]
    assert account


async def test_keys_that_are_made_and_revoked_are_in_it(server: Server) -> None:
    key = await create_key(server.host, "dashboard", Role.OBSERVER)
    await revoke_key(server.host, key.partition(".")[0])
    await revoke_key(server.host, key.partition(".")[0])

    entries = await log_of(server, targetId=key.partition(".")[0])

    assert [(e["actor"], e["action"]) for e in entries] == [("cli", "key.revoke"), ("cli", "key.create")]


async def test_a_request_is_found_by_its_number(server: Server) -> None:
    client = await server.client()
    headers = {"Authorization": f"Bearer {client.key}", "X-Request-Id": "from-the-proxy-1"}

    async with server.session.post(
        f"{server.url}/graphql", json={"query": CREATE}, headers=headers
    ) as answer:
        assert answer.status == 200

    [entry] = await log_of(server, action="createProfile")
    assert entry["requestId"] == "from-the-proxy-1"


# With the change, or not at all


async def test_a_change_that_is_undone_leaves_no_entry_of_its_success(server: Server) -> None:
    """Two who add one account at the same moment: one entry says so, the other says why not."""
    roster, other = await server.roster(), await server.roster()
    mara = await roster.create_profile("Mara")

    await asyncio.gather(*(one.try_add(mara, "@marabakes", "tiktok") for one in (roster, other)))

    outcomes = sorted(outcome for _, outcome in await acts_of(server, action="addSocialAccount"))
    assert outcomes == ["ACCOUNT_ALREADY_ATTACHED", "OK"]


async def test_a_change_whose_entry_cannot_be_written_does_not_happen(server: Server) -> None:
    client = await server.client()
    await server.host.database.fetch("ALTER TABLE audit_entry ADD CHECK (action <> 'createProfile')")

    answer = await client.send(CREATE)

    assert "errors" in answer
    assert (await client.ask("{ profiles { totalCount } }"))["totalCount"] == 0


async def test_an_act_that_failed_unexpectedly_says_so(server: Server) -> None:
    client = await server.client()
    await server.host.database.fetch("ALTER TABLE profile ADD CHECK (display_name <> 'Mara')")

    answer = await client.send(CREATE)

    assert "errors" in answer
    assert await acts_of(server, action="createProfile") == [("createProfile", "INTERNAL_ERROR")]


# Sign-ins


async def test_a_failed_sign_in_names_the_key_that_was_claimed(server: Server) -> None:
    client = await server.client()
    assert client.key is not None
    name = public(client)
    tries = {f"{name}.{'A' * 43}": "KEY_UNKNOWN", "nonsense": "KEY_MALFORMED"}
    for key in tries:
        await Client(server.url, server.session, key).send("{ viewer { name } }")

    found = await log_of(server, action="signIn")

    assert [(e["actor"], e["outcome"]) for e in reversed(found)] == [
        (name, "KEY_UNKNOWN"),
        ("?", "KEY_MALFORMED"),
    ]


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_a_key_that_is_over_says_how(server: Server, how: str) -> None:
    key = await create_key(server.host, "old", Role.OBSERVER, lasts=timedelta(days=1))
    if how == "revoked":
        await revoke_key(server.host, key.partition(".")[0])
    else:
        server.host.clock.offset = timedelta(days=2)

    await Client(server.url, server.session, key).send("{ viewer { name } }")

    [entry] = await log_of(server, action="signIn")
    assert (entry["actor"], entry["outcome"]) == (key.partition(".")[0], f"KEY_{how.upper()}")


async def test_who_guesses_or_is_refused_in_a_loop_does_not_fill_the_log(server: Server) -> None:
    observer = await server.client(Role.OBSERVER)
    for _ in range(REFUSED_A_MINUTE + 20):
        await observer.send(CREATE)
        await Client(server.url, server.session, "guess").send("{ viewer { name } }")

    assert len(await acts_of(server, action="createProfile")) == REFUSED_A_MINUTE
    assert len(await acts_of(server, action="signIn")) == 1


# Who reads it


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OBSERVER, Role.CREATOR])
async def test_only_admins_read_it(server: Server, role: Role) -> None:
    profile = await Rows(server.host).profile("Mara") if role is Role.CREATOR else None
    client = await server.client(role, profile)

    assert await client.error_code("{ auditLog { totalCount } }") == "FORBIDDEN"
    assert await server.anonymous().error_code("{ auditLog { totalCount } }") == "UNAUTHENTICATED"


async def test_it_is_read_by_pages_and_by_time(server: Server) -> None:
    roster = await server.roster()
    for number in range(5):
        await roster.create_profile(f"Profile {number}")
    server.host.clock.offset = timedelta(days=1)
    later = await roster.create_profile("Later")
    query = (
        'query ($after: String) { auditLog(first: 3, after: $after, filter: {action: "createProfile"})'
        " { totalCount nodes { targetIds } pageInfo { endCursor hasNextPage } } }"
    )

    first = await roster.client.ask(query)
    second = await roster.client.ask(query, after=first["pageInfo"]["endCursor"])
    since = (server.host.now() - timedelta(hours=1)).isoformat()

    assert first["totalCount"] == 6 and first["nodes"][0]["targetIds"] == [later]
    assert len(second["nodes"]) == 3 and not second["pageInfo"]["hasNextPage"]
    assert [e["targetIds"] for e in await log_of(server, since=since, action="createProfile")] == [[later]]
    assert len(await log_of(server, until=since, action="createProfile")) == 5


# For good


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
async def test_nothing_is_changed_or_taken_away(server: Server, statement: str) -> None:
    await (await server.roster()).create_profile("Mara")
    before = await log_of(server, action="createProfile")

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await server.host.database.fetch(statement)

    assert await log_of(server, action="createProfile") == before


async def test_what_is_too_old_goes_and_nothing_else(server: Server) -> None:
    roster = await server.roster()
    await roster.create_profile("Mara")
    server.host.clock.offset = timedelta(days=server.host.settings.audit_retention_days - 1)
    kept = await roster.create_profile("Dina")
    assert await prune_audit(server.host) == 0
    server.host.clock.offset += timedelta(days=2)

    pruned = await prune_audit(server.host)

    assert pruned == 2  # the key's making, and Mara's
    assert [e["targetIds"] for e in await log_of(server, action="createProfile")] == [[kept]]


# Nothing that it should not know


async def test_nothing_of_an_input_is_kept_but_ids(server: Server) -> None:
    """People paste a token where an id belongs, and names are nobody's business here."""
    client = await server.client()
    secret = "EAAB-pasted-by-mistake"
    update = "mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { __typename } }"
    for wrong in (secret, global_id("Profile", secret), global_id("Secret", 1)):
        await client.send(update, i={"id": wrong, "displayName": "Mara Linden", "externalId": "ext-7"})

    rows = await server.host.database.fetch("SELECT t::text AS line FROM audit_entry t")
    text = "\n".join(row["line"] for row in rows)

    assert "PROFILE_NOT_FOUND" in text
    assert [found for found in (secret, "RUFBQi", "Mara Linden", "ext-7", "U2VjcmV0") if found in text] == []


async def test_a_key_stands_in_it_without_its_secret(server: Server) -> None:
    roster = Roster(await server.client())
    await roster.create_profile("Mara")
    assert roster.client.key is not None
    await Client(server.url, server.session, roster.client.key + "x").send("{ viewer { name } }")
    name, _, secret = roster.client.key.partition(".")

    rows = await server.host.database.fetch("SELECT t::text AS line FROM audit_entry t")
    text = "\n".join(row["line"] for row in rows)

    assert name in text and secret not in text
