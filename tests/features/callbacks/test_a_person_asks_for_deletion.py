"""A request for deletion ends the link, has everything read by it deleted, and tells the person how far it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.ids import row_id
from server.services.callbacks.deliveries import prune_deliveries
from server.services.callbacks.notices import work_off_callbacks
from server.services.polling.retention import purge
from support.deliveries import Answer, Chirp, deletion, ended, read_page
from support.rows import Rows

REVOKED = ("INVALID", "ACCESS_REVOKED")
WHY = "DELETION_REQUESTED"


def number(account: str) -> int:
    """An account's row."""
    found = row_id(account, "SocialAccount")
    assert found is not None
    return found


async def page_of(chirp: Chirp, receipt: Answer) -> Answer:
    """The page that a receipt names."""
    code, url = receipt.text.split()
    assert url == f"{chirp.server.url}/deletion/{code}"
    return await read_page(chirp.server, f"/deletion/{code}")


# What goes


async def test_the_link_ends_and_its_numbers_are_to_go_at_once(chirp: Chirp) -> None:
    account, other = await chirp.link(), await chirp.link("dina")

    await chirp.tell(deletion())

    assert await chirp.standing(account) == REVOKED
    assert (await chirp.standing(other))[0] == "LINKED"
    row = await chirp.server.host.database.fetchrow("SELECT * FROM metric_purge")
    assert row is not None and (row["account_id"], row["reason"]) == (number(account), WHY)
    assert row["due_at"] <= chirp.server.host.now()


async def test_what_the_platform_told_of_the_account_is_forgotten_and_its_public_name_stays(
    chirp: Chirp,
) -> None:
    """The name was added by whoever keeps the roster."""
    account = await chirp.link()
    await Rows(chirp.server.host).change(account, display_name="Mara", avatar_url="https://x", followers=3)

    await chirp.tell(deletion())

    found = await chirp.roster.account(account)
    assert (found["displayName"], found["followers"]) == (None, None)
    assert await chirp.column(account, "avatar_url") is None
    assert found["handle"] is not None


async def test_a_purge_that_was_planned_for_later_comes_forward(chirp: Chirp) -> None:
    account = await chirp.link()
    await chirp.server.host.database.fetch(
        "INSERT INTO metric_purge VALUES ($1, $2, 'LINK_ENDED')",
        number(account),
        chirp.server.host.now() + timedelta(days=30),
    )

    await chirp.tell(deletion())

    row = await chirp.server.host.database.fetchrow("SELECT * FROM metric_purge")
    assert row is not None and row["due_at"] <= chirp.server.host.now() and row["reason"] == WHY


@pytest.mark.parametrize("way", ["by the platform", "by the creator"])
async def test_a_link_that_ended_before_is_still_known_as_the_persons(chirp: Chirp, way: str) -> None:
    """Meta tells the end of a consent and the request for deletion apart, the end usually first."""
    account = await chirp.link()
    if way == "by the platform":
        await chirp.tell(ended())
    else:
        await chirp.roster.unlink(account)
    before = await chirp.standing(account)

    await chirp.tell(deletion())

    assert await chirp.purges() == {number(account): WHY}
    assert await chirp.standing(account) == before


async def test_what_another_persons_consent_reads_now_is_not_deleted(chirp: Chirp) -> None:
    account = await chirp.link()
    await chirp.tell(ended())
    takeover = await chirp.link("dina")
    await chirp.server.host.database.fetch(
        "UPDATE social_account SET grant_id = (SELECT grant_id FROM social_account WHERE id = $2),"
        " invalidated_at = NULL, invalid_reason = NULL WHERE id = $1",
        number(account),
        number(takeover),
    )

    await chirp.tell(deletion())

    assert await chirp.purges() == {}
    assert (await chirp.standing(account))[0] == "LINKED"


async def test_an_account_named_by_its_id_is_forgotten_alone(chirp: Chirp) -> None:
    account, other = await chirp.link(), await chirp.link()

    await chirp.tell({"kind": "deletion", "about": {"platform_id": await chirp.platform_id(account)}})

    assert await chirp.purges() == {number(account): WHY}
    assert (await chirp.standing(other))[0] == "LINKED"


async def test_a_request_from_before_the_newest_consent_deletes_and_leaves_the_new_link(chirp: Chirp) -> None:
    account = await chirp.link()
    asked = chirp.server.host.now() - timedelta(hours=1)

    await chirp.tell(deletion(at=asked.isoformat()))

    assert (await chirp.standing(account))[0] == "LINKED"
    assert await chirp.purges() == {number(account): WHY}


async def test_the_persons_id_at_the_login_is_forgotten_too(chirp: Chirp) -> None:
    await chirp.link("somebody")

    await chirp.tell(deletion("somebody"))

    for table in ("former_link", "oauth_grant", "callback_delivery"):
        assert "somebody" not in str(await chirp.server.host.database.fetch(f"SELECT * FROM {table}"))


# The page


async def test_the_page_tells_each_state_of_a_request(chirp: Chirp) -> None:
    await chirp.link()
    receipt = await chirp.deliver(deletion())

    received = await page_of(chirp, receipt)
    await work_off_callbacks(chirp.server.host)
    deleting = await page_of(chirp, receipt)
    await purge(chirp.server.host)
    done = await page_of(chirp, receipt)

    assert [page.status for page in (received, deleting, done)] == [200, 200, 200]
    assert "Your request was received" in received.text
    assert "Your data are being deleted" in deleting.text
    assert "Your data are deleted" in done.text
    assert f"{chirp.server.host.now():%Y-%m-%d}" in done.text


async def test_the_page_of_somebody_who_was_never_here_says_that_nothing_is_kept(chirp: Chirp) -> None:
    receipt = await chirp.tell(deletion("nobody"))

    assert "Your data are deleted" in (await page_of(chirp, receipt)).text


async def test_the_page_stays_when_other_deliveries_are_forgotten(chirp: Chirp) -> None:
    receipt = await chirp.tell(deletion())
    await chirp.later(days=400)
    await prune_deliveries(chirp.server.host)

    assert (await page_of(chirp, receipt)).status == 200


async def test_the_page_loads_nothing_is_not_kept_and_names_nobody(chirp: Chirp) -> None:
    await chirp.link("somebody")

    page = await page_of(chirp, await chirp.tell(deletion("somebody")))

    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["Cache-Control"] == "no-store" and page.headers["X-Robots-Tag"] == "noindex"
    assert "somebody" not in page.text and "http" not in page.text


@pytest.mark.parametrize(
    "code", ["0" * 32, "0", "%3Cscript%3E", "0" * 31 + "%00", "A" * 3000], ids=lambda code: code[:12]
)
async def test_an_unknown_code_is_not_found(chirp: Chirp, code: str) -> None:
    page = await read_page(chirp.server, f"/deletion/{code}")

    assert page.status == 404 and "There is no such request" in page.text
    assert "<script" not in page.text


async def test_the_code_of_another_delivery_has_no_page(chirp: Chirp) -> None:
    receipt = await chirp.tell(ended())

    assert (await page_of(chirp, receipt)).status == 404
