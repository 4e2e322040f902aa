"""A notice ends or probes exactly the links that it is about, with the platform's word as evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.ids import row_id
from server.services.callbacks.notices import work_off_callbacks
from support.deliveries import Chirp, check, ended
from support.events import changes, log_of
from support.rows import Rows

LINKED = ("LINKED", None)
REVOKED = ("INVALID", "ACCESS_REVOKED")


async def test_the_end_of_a_consent_ends_every_account_on_it_with_the_reason(chirp: Chirp) -> None:
    one, two, other = await chirp.link(), await chirp.link(), await chirp.link("dina")

    await chirp.tell(ended(reason="ACCOUNT_GONE"))

    gone = ("INVALID", "ACCOUNT_GONE")
    assert [await chirp.standing(account) for account in (one, two, other)] == [gone, gone, LINKED]


async def test_accounts_on_other_profiles_end_as_well(chirp: Chirp) -> None:
    dina = await chirp.roster.create_profile("Dina Haddad")
    account = await chirp.link(profile=dina)

    await chirp.tell(ended())

    assert await chirp.standing(account) == REVOKED


async def test_the_tokens_are_forgotten(chirp: Chirp) -> None:
    account = await chirp.link()
    await Rows(chirp.server.host).change(account, sealed_access_token=b"sealed")
    before = await chirp.server.sealed_tokens()

    await chirp.tell(ended())

    assert len(before) == 2 and await chirp.server.sealed_tokens() == {}


async def test_the_change_is_told_with_the_platforms_own_word(chirp: Chirp) -> None:
    account = await chirp.link()

    await chirp.tell(ended())

    found = await chirp.roster.client.ask(
        "query ($id: ID!) { socialAccount(id: $id) { statusEvidence { operation platformCode at } } }",
        id=account,
    )
    evidence = found["statusEvidence"]
    assert (evidence["operation"], evidence["platformCode"]) == ("callbacks/chirp/events", "ended")
    events = [event for event in await log_of(chirp.roster.client) if event["accountId"] == account]
    assert changes(events)[-1] == ("LINKED", "INVALID", "ACCESS_REVOKED")


async def test_an_account_that_was_unlinked_stays_the_creators_own_act(chirp: Chirp) -> None:
    account = await chirp.link()
    await chirp.roster.unlink(account)

    await chirp.tell(ended())

    assert await chirp.standing(account) == ("INVALID", "UNLINKED")


async def test_a_platforms_notice_says_more_than_what_was_found_out_before(chirp: Chirp) -> None:
    account = await chirp.link()
    await Rows(chirp.server.host).change(
        account, invalidated_at=chirp.server.host.now(), invalid_reason="ACCESS_REVOKED"
    )

    await chirp.tell(ended(reason="ACCOUNT_GONE"))

    assert await chirp.standing(account) == ("INVALID", "ACCOUNT_GONE")
    assert await chirp.server.sealed_tokens() == {}


# Whom it is about


async def test_a_fingerprint_means_the_one_consent_whose_token_it_names(chirp: Chirp) -> None:
    named = await chirp.link(fingerprints=["other", "digest"])
    other = await chirp.link(fingerprints=["other"])

    await chirp.tell({"kind": "ended", "about": {"fingerprint": "digest"}})

    assert (await chirp.standing(named), await chirp.standing(other)) == (REVOKED, LINKED)


async def test_an_account_named_by_its_id_ends_alone(chirp: Chirp) -> None:
    named, sibling = await chirp.link(), await chirp.link()
    await _on_one_grant(chirp, named, sibling)

    await chirp.tell({"kind": "ended", "about": {"platform_id": await chirp.platform_id(named)}})

    assert (await chirp.standing(named), await chirp.standing(sibling)) == (REVOKED, LINKED)
    assert len(await chirp.server.sealed_tokens()) == 1


async def _on_one_grant(chirp: Chirp, *accounts: str) -> None:
    numbers = [row_id(account, "SocialAccount") for account in accounts]
    await chirp.server.host.database.fetch(
        "UPDATE social_account SET grant_id = (SELECT grant_id FROM social_account WHERE id = $1)"
        " WHERE id = ANY($2::bigint[])",
        numbers[0],
        numbers,
    )
    await chirp.server.host.database.fetch(
        "DELETE FROM oauth_grant g WHERE NOT EXISTS (SELECT 1 FROM social_account a WHERE a.grant_id = g.id)"
    )


async def test_of_several_facts_all_must_fit(chirp: Chirp) -> None:
    account = await chirp.link(fingerprints=["digest"])
    about = {"subject": "mara", "fingerprint": "digest", "platform_id": await chirp.platform_id(account)}

    for name in about:
        await chirp.tell({"kind": "ended", "about": {**about, name: "another"}})
    misfits = await chirp.standing(account)
    await chirp.tell({"kind": "ended", "about": about})

    assert (misfits, await chirp.standing(account)) == (LINKED, REVOKED)


@pytest.mark.parametrize("kind", ["ended", "check", "deletion"])
async def test_a_notice_about_nobody_means_nobody_and_not_everybody(chirp: Chirp, kind: str) -> None:
    account = await chirp.link()
    probe_at = await chirp.column(account, "probe_at")

    await chirp.tell({"kind": kind, "about": {}})

    assert await chirp.standing(account) == LINKED
    assert await chirp.column(account, "probe_at") == probe_at
    assert await chirp.purges() == {}


@pytest.mark.parametrize("event", [ended("nobody"), check("nobody"), {"kind": "ping"}], ids=str)
async def test_a_notice_about_an_unknown_person_is_filed_and_changes_nothing(
    chirp: Chirp, event: dict[str, Any]
) -> None:
    account = await chirp.link()

    answer = await chirp.tell(event)

    assert answer.status == 202 and await chirp.standing(account) == LINKED
    [row] = await chirp.deliveries()
    assert row["done_at"] is not None and row["outcome"].endswith(": 0 accounts")


async def test_a_person_of_another_login_with_the_same_id_is_not_meant(chirp: Chirp) -> None:
    account = await chirp.link(login="warble")

    await chirp.tell(ended())
    await chirp.tell({"kind": "ended", "about": {"platform_id": await chirp.platform_id(account)}})

    assert await chirp.standing(account) == LINKED


# The other notices


async def test_a_person_to_whom_something_happened_has_their_links_probed_now(chirp: Chirp) -> None:
    account, other = await chirp.link(), await chirp.link("dina")
    tomorrow = chirp.server.host.now() + timedelta(days=1)
    for linked in (account, other):
        await Rows(chirp.server.host).change(linked, probe_at=tomorrow)

    await chirp.tell(check())

    assert await chirp.column(account, "probe_at") <= chirp.server.host.now()
    assert await chirp.column(other, "probe_at") == tomorrow
    assert await chirp.standing(account) == LINKED


# Consents that still wait for a choice


async def test_a_consent_that_waits_for_a_choice_ends_with_its_tokens(chirp: Chirp) -> None:
    account = await chirp.link()
    attempt = await _waiting_on_the_grant_of(chirp, account)

    await chirp.tell(ended())

    found = await chirp.roster.attempt(attempt)
    assert (found["state"], found["outcome"]["code"]) == ("FAILED", "CODE_REJECTED")
    assert await chirp.server.sealed_tokens() == {}


async def test_a_consent_given_after_the_notice_was_sent_goes_on_waiting(chirp: Chirp) -> None:
    account = await chirp.link()
    attempt = await _waiting_on_the_grant_of(chirp, account)
    await chirp.deliver(ended())
    await chirp.later(minutes=1)
    await chirp.change_grant(account, consented_at=chirp.server.host.now())

    await work_off_callbacks(chirp.server.host)

    assert (await chirp.roster.attempt(attempt))["state"] == "CHOOSING"


async def _waiting_on_the_grant_of(chirp: Chirp, account: str) -> str:
    attempt = await Rows(chirp.server.host).attempt(chirp.profile)
    await chirp.server.host.database.fetch(
        "UPDATE connect_attempt SET choosing_at = created_at, login = 'chirp', platform = 'chirp', grant_id ="
        " (SELECT grant_id FROM social_account WHERE id = $1)",
        row_id(account, "SocialAccount"),
    )
    return attempt
