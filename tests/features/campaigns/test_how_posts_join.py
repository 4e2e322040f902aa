"""Posts join a campaign by rule or by address, found early or late, and each counts once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from linkroll_sdk import FoundPost, PostKind

from server.ids import row_id
from server.services.polling.post_ledger import keep_posts
from support.campaigns import Stage, moment
from support.readings import DAY

MOMENT = timedelta(microseconds=1)


async def test_a_post_joins_by_a_hashtag_or_a_mention_and_says_which(
    stage: Stage, mara: str, chirps: str
) -> None:
    both = await stage.post(chirps, "Now! #SPRING #other by @Brand", stage.now - 1 * DAY)
    tagged = await stage.post(chirps, "#spring", stage.now - 2 * DAY)
    await stage.post(chirps, "#springtime, not @brandy", stage.now)
    campaign = await stage.campaign(mara, hashtags=["#Spring", "sale"], mentions=["@BRAND"])

    assert await stage.posts(campaign) == [both, tagged]
    assert await stage.joins(campaign) == {
        both: ("RULE", ["spring"], ["brand"]),
        tagged: ("RULE", ["spring"], []),
    }


async def test_without_hashtags_and_mentions_every_post_of_the_time_joins(
    stage: Stage, mara: str, chirps: str
) -> None:
    start, end = stage.now - 3 * DAY, stage.now
    at_start, before_end = [await stage.post(chirps, "", at) for at in (start, end - MOMENT)]
    for outside in (start - MOMENT, end):
        await stage.post(chirps, "", outside)
    campaign = await stage.campaign(mara, startsAt=moment(start), endsAt=moment(end))

    assert await stage.joins(campaign) == {before_end: ("RULE", [], []), at_start: ("RULE", [], [])}


async def test_a_mention_alone_is_a_rule_too(stage: Stage, mara: str, chirps: str) -> None:
    await stage.post(chirps, "nothing of it")
    mentioning = await stage.post(chirps, "with @brand.official")

    campaign = await stage.campaign(mara, mentions=["brand.official"])

    assert await stage.posts(campaign) == [mentioning]


async def test_somebody_who_takes_no_part_joins_by_address_only(
    stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    """Also from outside the campaign's time: whoever pastes an address means that post."""
    theirs = await stage.linked(dina, handle="dina")
    await stage.post(theirs, "#spring")
    named = await stage.post(theirs, "", stage.now - 300 * DAY, url_key="7")
    campaign = await stage.campaign(mara, hashtags=["spring"])

    await stage.change(
        "addCampaignPosts", campaignId=campaign, urls=["chirp.example/dina/chirps/7?from=share"]
    )

    assert await stage.joins(campaign) == {named: ("URL", [], [])}


async def test_a_post_that_is_named_and_fits_a_rule_counts_once(stage: Stage, mara: str, chirps: str) -> None:
    post = await stage.post(chirps, "#spring", url_key="7")
    campaign = await stage.campaign(mara, hashtags=["spring"])
    address = "https://chirp.example/mara/chirps/7"

    await stage.change("addCampaignPosts", campaignId=campaign, urls=[address])
    both = await stage.joins(campaign)
    await stage.change("updateCampaign", id=campaign, hashtags=["summer"])
    by_address = await stage.joins(campaign)
    await stage.change("removeCampaignPosts", campaignId=campaign, urls=["chirp.example/mara/chirps/7/"])
    neither = await stage.joins(campaign)

    assert both == {post: ("RULE", ["spring"], [])}
    assert by_address == {post: ("URL", [], [])}
    assert neither == {}


async def test_a_post_of_two_accounts_counts_once(stage: Stage, mara: str, dina: str, chirps: str) -> None:
    """Accounts that publish together each have the post, under one address."""
    hers = await stage.linked(dina)
    first = await stage.post(chirps, "#spring", url_key="7")
    again = await stage.post(hers, "#spring", url_key="7")
    other = await stage.post(hers, "#spring", stage.now - 2 * DAY, platform="honk", url_key="7")
    for account, post in ((chirps, first), (hers, again), (hers, other)):
        await stage.views(account, post, 10)

    campaign = await stage.campaign(mara, dina, hashtags=["spring"])

    assert await stage.posts(campaign) == [first, other]
    assert [one["value"] for one in (await stage.totals(campaign, "VIEWS"))["sums"]] == [20.0]


async def test_a_post_that_is_found_late_joins_by_itself(stage: Stage, mara: str, chirps: str) -> None:
    """Nothing runs: the campaign is asked, and there it is."""
    campaign = await stage.campaign(mara, hashtags=["spring"])
    before = await stage.posts(campaign)
    late = FoundPost("77", PostKind.REEL, stage.now - 2 * DAY, text="Late #Spring")

    async with stage.rows.host.database.transaction() as transaction:
        account = await transaction.fetchrow(
            "SELECT id, platform FROM social_account WHERE id = $1", row_id(chirps, "SocialAccount")
        )
        assert account is not None
        [kept] = await keep_posts(stage.rows.host, transaction, account, [late])

    assert before == []
    assert [row_id(post, "Post") for post in await stage.posts(campaign)] == [kept.id]


async def test_stories_join_as_posts_do(stage: Stage, mara: str, chirps: str) -> None:
    story = await stage.post(chirps, "", kind="STORY")
    campaign = await stage.campaign(mara)

    assert await stage.posts(campaign) == [story]


async def test_a_merged_profile_takes_part_as_what_it_has_become(
    stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    post = await stage.post(chirps, "#spring")
    campaign, both = await stage.campaign(mara), await stage.campaign(mara, dina)
    merge = await stage.client.ask(
        "mutation ($i: MergeProfilesInput!) { mergeProfiles(input: $i)"
        " { ... on MergeProfilesSuccess { merge { id } } } }",
        i={"survivorId": dina, "mergedId": mara},
    )
    who = "query ($id: ID!) { campaign(id: $id) { profiles { totalCount nodes { id } } } }"

    shown = [(await stage.client.ask(who, id=one))["profiles"] for one in (campaign, both)]
    joined = [await stage.posts(one) for one in (campaign, both)]
    await stage.client.ask(
        "mutation ($i: UndoMergeInput!) { undoMerge(input: $i) { __typename } }",
        i={"mergeId": merge["merge"]["id"]},
    )
    undone = await stage.client.ask(who, id=campaign)

    assert shown == [{"totalCount": 1, "nodes": [{"id": dina}]}] * 2
    assert joined == [[post], [post]]
    assert undone["profiles"]["nodes"] == [{"id": mara}]


@pytest.mark.parametrize("named", ["the merged one", "the survivor"])
async def test_either_of_two_merged_profiles_can_be_taken_out(
    stage: Stage, mara: str, dina: str, chirps: str, named: str
) -> None:
    await stage.post(chirps)
    campaign = await stage.campaign(mara)
    await stage.client.ask(
        "mutation ($i: MergeProfilesInput!) { mergeProfiles(input: $i) { __typename } }",
        i={"survivorId": dina, "mergedId": mara},
    )

    profile = mara if named == "the merged one" else dina
    await stage.change("removeCampaignProfiles", campaignId=campaign, profileIds=[profile])

    assert await stage.posts(campaign) == []


async def test_a_profile_that_was_removed_takes_its_posts_along(
    stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    await stage.post(chirps)
    hers = await stage.post(await stage.linked(dina))
    campaign = await stage.campaign(mara, dina)

    await stage.client.ask(
        "mutation ($i: RemoveProfileInput!) { removeProfile(input: $i) { __typename } }", i={"id": mara}
    )

    assert await stage.posts(campaign) == [hers]
