"""A campaign says for whom it waits: accounts to reconnect, and addresses at which no post was found."""

from __future__ import annotations

from typing import Any

import pytest

from server.services.callers.viewers import Role
from support.campaigns import Stage
from support.readings import DAY
from support.server import Server


def waiting(gaps: Any) -> dict[str, tuple[str, str | None, str, list[str]]]:
    """The accounts to reconnect: status, reason, next action, missing permissions."""
    assert gaps["mustReconnect"]["totalCount"] == len(gaps["mustReconnect"]["nodes"])
    return {
        one["account"]["id"]: (one["status"], one["statusReason"], one["nextAction"], one["missingScopes"])
        for one in gaps["mustReconnect"]["nodes"]
    }


def missing(gaps: Any) -> dict[str, str]:
    """What is wrong with each address at which nothing was found."""
    assert gaps["missingUrls"]["totalCount"] == len(gaps["missingUrls"]["nodes"])
    assert all(one["nextStep"] and one["post"] is None for one in gaps["missingUrls"]["nodes"])
    return {one["url"]: one["problem"] for one in gaps["missingUrls"]["nodes"]}


async def test_a_campaign_whose_accounts_are_linked_and_posts_read_is_whole(
    stage: Stage, mara: str, chirps: str
) -> None:
    await stage.views(chirps, await stage.post(chirps, url_key="7"), 7)
    campaign = await stage.campaign(mara)
    await stage.change("addCampaignPosts", campaignId=campaign, urls=["chirp.example/mara/chirps/7"])

    gaps = await stage.gaps(campaign)

    assert (gaps["isWhole"], waiting(gaps), missing(gaps)) == (True, {}, {})


async def test_accounts_that_must_reconnect_say_why(stage: Stage, mara: str, chirps: str) -> None:
    rows, day = stage.rows, 1 * DAY
    added = await rows.account(mara, platform="chirp")
    expired = await rows.linked(mara, platform="chirp", scopes=("read",), expires_in=-day)
    changed = await stage.linked(mara)
    await rows.change(changed, invalidated_at=rows.now(), invalid_reason="PASSWORD_CHANGED", grant_id=None)
    unscoped = await rows.linked(mara, platform="chirp", scopes=("other",))
    await rows.linked(mara, platform="chirp", scopes=("read",), expires_in=day)
    # Somebody who takes no part.
    await rows.account(await rows.profile("Hush"), platform="chirp")
    campaign = await stage.campaign(mara)

    gaps = await stage.gaps(campaign)

    assert gaps["isWhole"] is False
    assert waiting(gaps) == {
        added: ("ADDED", None, "CONNECT", []),
        expired: ("INVALID", "EXPIRED", "RECONNECT", []),
        changed: ("INVALID", "PASSWORD_CHANGED", "RECONNECT", []),
        unscoped: ("LINKED", None, "RECONNECT", ["read"]),
    }


async def test_an_address_without_a_post_says_why(stage: Stage, mara: str, dina: str, chirps: str) -> None:
    unlinked = await stage.rows.account(dina, platform="chirp", handle="dina")
    campaign = await stage.campaign(mara)
    urls = {
        "chirp.example/mara/chirps/1": "NOT_FOUND_YET",
        "chirp.example/dina/chirps/2": "ACCOUNT_NOT_LINKED",
        "chirp.example/stranger/chirps/3": "ACCOUNT_NOT_IN_ROSTER",
        "honk.example/p/4": "ACCOUNT_UNKNOWN",
    }
    await stage.change("addCampaignPosts", campaignId=campaign, urls=list(urls))

    gaps = await stage.gaps(campaign)

    assert gaps["isWhole"] is False
    assert missing(gaps) == urls
    accounts = [one["account"] and one["account"]["id"] for one in gaps["missingUrls"]["nodes"]]
    assert accounts == [chirps, unlinked, None, None]
    # Dina takes no part, and yet her post cannot be found before she connects.
    assert waiting(gaps) == {unlinked: ("ADDED", None, "CONNECT", [])}


async def test_an_address_is_missing_no_more_once_its_post_is_found(
    stage: Stage, mara: str, chirps: str
) -> None:
    campaign = await stage.campaign(mara)
    await stage.change("addCampaignPosts", campaignId=campaign, urls=["chirp.example/mara/chirps/7"])
    before = await stage.gaps(campaign)

    post = await stage.post(chirps, url_key="7")
    found = await stage.gaps(campaign)
    await stage.views(chirps, post, 7)
    read = await stage.gaps(campaign)

    urls = "query ($id: ID!) { campaign(id: $id) { urls { nodes { problem nextStep post { id } account { id } } } } }"
    shown = await stage.client.ask(urls, id=campaign)
    assert (list(missing(before).values()), missing(found), missing(read)) == (["NOT_FOUND_YET"], {}, {})
    # Found is not read yet: its numbers are still to come.
    assert [one["isWhole"] for one in (before, found, read)] == [False, False, True]
    assert shown["urls"]["nodes"] == [
        {"problem": None, "nextStep": None, "post": {"id": post}, "account": {"id": chirps}}
    ]


async def test_the_stable_id_in_an_address_tells_more_than_the_handle(
    stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    """Handles change hands."""
    now_hers = await stage.linked(dina, platform_id="4711", handle="dina")
    campaign = await stage.campaign(mara)
    await stage.change("addCampaignPosts", campaignId=campaign, urls=["chirp.example/mara/chirps/7"])
    await stage.rows.host.database.fetch("UPDATE campaign_url SET owner_platform_id = '4711'")

    [url] = (await stage.gaps(campaign))["missingUrls"]["nodes"]

    assert url["account"]["id"] == now_hers


async def test_a_creator_is_told_of_their_own_gaps_only(
    server: Server, stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    await stage.views(chirps, await stage.post(chirps), 7)
    hers = await stage.rows.account(dina, platform="chirp", handle="dina")
    await stage.post(hers)
    campaign = await stage.campaign(mara, dina)
    urls = ["chirp.example/dina/chirps/2", "chirp.example/stranger/chirps/3", "honk.example/p/4"]
    await stage.change("addCampaignPosts", campaignId=campaign, urls=urls)
    creator = await server.client(Role.CREATOR, mara)

    mine = await stage.gaps(campaign, client=creator)
    await stage.change("addCampaignPosts", campaignId=campaign, urls=["chirp.example/mara/chirps/1"])
    with_mine = await stage.gaps(campaign, client=creator)

    assert (mine["isWhole"], waiting(mine), missing(mine)) == (True, {}, {})
    assert missing(with_mine) == {"chirp.example/mara/chirps/1": "NOT_FOUND_YET"}
    assert with_mine["isWhole"] is False


@pytest.mark.parametrize("platform", ["peep", "honk"])
async def test_an_account_without_posts_is_waited_for_as_well(stage: Stage, mara: str, platform: str) -> None:
    """Nobody knows what it published."""
    account = await stage.rows.account(mara, platform=platform)
    campaign = await stage.campaign(mara)

    assert list(waiting(await stage.gaps(campaign))) == [account]
