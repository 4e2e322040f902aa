"""Campaigns are made and changed by those who run the roster; whatever cannot be is refused with the next step."""

from __future__ import annotations

from typing import Any

import pytest

from server.ids import global_id
from server.services.callers.viewers import Role
from support.campaigns import Stage, moment
from support.readings import DAY
from support.server import Server, StartServer
from support.snapshots import snapshot

SHOWN = """
  query ($id: ID!) { campaign(id: $id) {
    id name startsAt endsAt hashtags mentions profiles { nodes { id } } urls { nodes { url platform } }
  } }
"""
LIST = "query ($f: CampaignFilter) { campaigns(filter: $f) { totalCount nodes { id } } }"
NOBODY = global_id("Campaign", 2**40)


async def listed(stage: Stage, **conditions: Any) -> list[str]:
    """The campaigns that a filter finds."""
    found = await stage.client.ask(LIST, f=conditions)
    assert found["totalCount"] == len(found["nodes"])
    return [one["id"] for one in found["nodes"]]


# What goes well


async def test_hashtags_and_mentions_are_kept_as_captions_are_read(stage: Stage, mara: str) -> None:
    campaign = await stage.campaign(
        mara,
        name="  Spring  ",
        hashtags=["#Spring", "spring", "＃Frühling", " SALE "],
        mentions=["@Brand.Official", "brand.official"],
    )

    found = await stage.client.ask(SHOWN, id=campaign)

    assert (found["name"], found["profiles"]["nodes"]) == ("Spring", [{"id": mara}])
    assert found["hashtags"] == ["spring", "frühling", "sale"]
    assert found["mentions"] == ["brand.official"]


async def test_an_update_changes_what_it_names_and_nothing_else(stage: Stage, mara: str) -> None:
    campaign = await stage.campaign(mara, hashtags=["spring"], mentions=["brand"])
    before = await stage.client.ask(SHOWN, id=campaign)

    await stage.change("updateCampaign", id=campaign, name="Summer", mentions=[])

    after = await stage.client.ask(SHOWN, id=campaign)
    assert after == {**before, "name": "Summer", "mentions": []}


async def test_a_window_moves_when_both_ends_are_sent(stage: Stage, mara: str) -> None:
    campaign = await stage.campaign(mara)
    start, end = moment(stage.now + 100 * DAY), moment(stage.now + 101 * DAY)

    alone = await stage.change("updateCampaign", id=campaign, startsAt=start)
    both = await stage.change("updateCampaign", id=campaign, startsAt=start, endsAt=end)

    assert (alone["code"], both["__typename"]) == ("CAMPAIGN_WINDOW_BACKWARDS", "UpdateCampaignSuccess")


async def test_adding_and_removing_twice_is_as_good_as_once(
    stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    campaign = await stage.campaign(mara)
    once, twice = {"profileIds": [dina]}, {"profileIds": [dina, dina, mara]}
    urls = {"urls": ["chirp.example/mara/chirps/7", "https://chirp.example/mara/chirps/7/"]}

    for mutation, wishes in (
        ("addCampaignProfiles", once),
        ("addCampaignProfiles", twice),
        ("addCampaignPosts", urls),
        ("addCampaignPosts", urls),
    ):
        assert (await stage.change(mutation, campaignId=campaign, **wishes))["__typename"].endswith("Success")
    full = await stage.client.ask(SHOWN, id=campaign)
    for mutation, wishes in (
        ("removeCampaignProfiles", once),
        ("removeCampaignProfiles", once),
        ("removeCampaignPosts", urls),
        ("removeCampaignPosts", urls),
    ):
        assert (await stage.change(mutation, campaignId=campaign, **wishes))["__typename"].endswith("Success")
    left = await stage.client.ask(SHOWN, id=campaign)

    assert full["profiles"]["nodes"] == [{"id": dina}, {"id": mara}]
    assert full["urls"]["nodes"] == [{"url": "chirp.example/mara/chirps/7", "platform": "chirp"}]
    assert (left["profiles"]["nodes"], left["urls"]["nodes"]) == ([{"id": mara}], [])


async def test_a_removed_campaign_is_gone_and_its_posts_stay(stage: Stage, mara: str, chirps: str) -> None:
    post = await stage.post(chirps, url_key="7")
    campaign = await stage.campaign(mara)
    await stage.change("addCampaignPosts", campaignId=campaign, urls=["chirp.example/mara/chirps/7"])

    removed = await stage.change("removeCampaign", id=campaign)

    kept = "query ($post: ID!, $campaign: ID!) { post: node(id: $post) { id } campaign: node(id: $campaign) { id } }"
    assert removed["removedCampaignId"] == campaign
    assert await stage.client.ask(kept, post=post, campaign=campaign) == {
        "post": {"id": post},
        "campaign": None,
    }
    assert (await stage.change("removeCampaign", id=campaign))["code"] == "CAMPAIGN_NOT_FOUND"


async def test_a_short_link_counts_as_the_post_it_leads_to(start_server: StartServer) -> None:
    client = await (await start_server()).client()
    short, long = "https://vm.tiktok.com/ZMaraV1d/", "tiktok.com/@marabakes/video/7574012345678901234"
    week = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-08T00:00:00Z"}
    created = await client.ask(
        "mutation ($i: CreateCampaignInput!) { createCampaign(input: $i)"
        " { ... on CreateCampaignSuccess { campaign { id } } } }",
        i={"name": "Spring", **week},
    )

    added = await client.ask(
        "mutation ($i: AddCampaignPostsInput!) { addCampaignPosts(input: $i) { ... on AddCampaignPostsSuccess"
        " { campaign { missingUrls { nodes { url problem } } } } } }",
        i={"campaignId": created["campaign"]["id"], "urls": [short, long]},
    )

    # One post, whose address tells whose it is.
    assert added["campaign"]["missingUrls"]["nodes"] == [{"url": short, "problem": "ACCOUNT_NOT_IN_ROSTER"}]


# Lists


async def test_campaigns_are_found_by_profile_and_by_moment(stage: Stage, mara: str, dina: str) -> None:
    start, end = stage.now, stage.now + 1 * DAY
    early = await stage.campaign(mara, startsAt=moment(start - 9 * DAY), endsAt=moment(start))
    late = await stage.campaign(mara, dina, startsAt=moment(start), endsAt=moment(end))

    assert await listed(stage) == [late, early]
    assert await listed(stage, profileId=mara) == [late, early]
    assert await listed(stage, profileId=dina) == [late]
    assert await listed(stage, activeAt=moment(start)) == [late]
    assert await listed(stage, activeAt=moment(end)) == []
    assert await listed(stage, profileId=dina, activeAt=moment(start - 1 * DAY)) == []
    unknown = await stage.client.error_code(LIST, f={"profileId": global_id("Profile", 2**40)})
    assert unknown == "NOT_FOUND"


async def test_a_campaign_is_a_node(stage: Stage, mara: str) -> None:
    campaign = await stage.campaign(mara)

    found = await stage.client.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Campaign { id name } } }", ids=[campaign, NOBODY]
    )

    assert found == [{"id": campaign, "name": "Spring"}, None]


# What is refused


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("chirp.example/mara", "NOT_A_POST_ADDRESS"),
        ("chirp.example/a/b/c/d", "NOT_A_POST_ADDRESS"),
        ("@mara", "NOT_A_POST_ADDRESS"),
        ("https://elsewhere.example/mara/chirps/1", "UNKNOWN_ADDRESS"),
        ("chirp.example/mara/chirps/" + "1" * 201, "NOT_A_POST_ADDRESS"),
        ("", "INVALID_INPUT"),
        ("x" * 5000, "INVALID_INPUT"),
    ],
    ids=["account", "collection", "handle", "nobody's", "no id", "empty", "too long"],
)
async def test_an_address_that_names_no_post_is_refused_by_name_and_nothing_is_added(
    stage: Stage, mara: str, url: str, because: str
) -> None:
    campaign = await stage.campaign(mara)

    refused = await stage.change(
        "addCampaignPosts", campaignId=campaign, urls=["chirp.example/mara/chirps/1", url]
    )

    assert (refused["code"], refused["position"], refused["because"]) == (
        "CAMPAIGN_ADDRESS_REFUSED",
        1,
        because,
    )
    assert refused["url"] == url[:500] and refused["hint"]
    assert (await stage.client.ask(SHOWN, id=campaign))["urls"]["nodes"] == []


@pytest.mark.parametrize("text", ["", "#", "two words", "#a#b", "a-b", "x" * 151, "a\x00b", "#️⃣"], ids=repr)
@pytest.mark.parametrize("field", ["hashtags", "mentions"])
async def test_what_no_caption_can_carry_is_refused(stage: Stage, field: str, text: str) -> None:
    refused = await stage.change("createCampaign", **{field: ["fine", text]})

    assert (refused["code"], refused["field"], refused["text"]) == (
        "CAMPAIGN_RULE_REFUSED",
        field,
        text[:200],
    )
    assert await listed(stage) == []


@pytest.mark.parametrize("hours", [0, -1])
async def test_a_campaign_must_end_after_it_starts(stage: Stage, hours: int) -> None:
    end = stage.now + hours * DAY / 24

    refused = await stage.change("createCampaign", startsAt=moment(stage.now), endsAt=moment(end))

    assert refused["code"] == "CAMPAIGN_WINDOW_BACKWARDS"


@pytest.mark.parametrize("field", ["hashtags", "mentions"])
async def test_too_many_rules_are_refused(stage: Stage, field: str) -> None:
    fits = await stage.change("createCampaign", **{field: [f"name{n}" for n in range(50)]})
    refused = await stage.change("createCampaign", **{field: [f"name{n}" for n in range(51)]})

    assert fits["__typename"] == "CreateCampaignSuccess"
    assert (refused["code"], refused["field"], refused["limit"]) == ("CAMPAIGN_TOO_LARGE", field, 50)


async def test_a_campaign_has_room_for_a_thousand_addresses_a_hundred_at_a_time(
    stage: Stage, mara: str
) -> None:
    campaign = await stage.campaign(mara)

    async def add(numbers: range) -> Any:
        urls = [f"chirp.example/mara/chirps/{n}" for n in numbers]
        return await stage.change("addCampaignPosts", campaignId=campaign, urls=urls)

    for start in range(0, 1000, 100):
        assert (await add(range(start, start + 100)))["__typename"] == "AddCampaignPostsSuccess"
    again, beyond, at_once = await add(range(100)), await add(range(999, 1001)), await add(range(101))

    assert again["__typename"] == "AddCampaignPostsSuccess"
    assert (beyond["code"], beyond["limit"]) == ("CAMPAIGN_TOO_LARGE", 1000)
    assert (at_once["code"], at_once["limit"]) == ("CAMPAIGN_TOO_LARGE", 100)
    counted = "query ($id: ID!) { campaign(id: $id) { urls { totalCount } } }"
    assert (await stage.client.ask(counted, id=campaign))["urls"]["totalCount"] == 1000


@pytest.mark.parametrize("mutation", ["createCampaign", "addCampaignProfiles", "removeCampaignProfiles"])
async def test_an_unknown_profile_is_refused_and_nobody_else_is_added(
    stage: Stage, mara: str, dina: str, mutation: str
) -> None:
    campaign = await stage.campaign(mara)
    target = {} if mutation == "createCampaign" else {"campaignId": campaign}

    refused = await stage.change(mutation, **target, profileIds=[dina, mara, global_id("Profile", 2**40)])

    assert refused["code"] == "PROFILE_NOT_FOUND"
    assert (await stage.client.ask(SHOWN, id=campaign))["profiles"]["nodes"] == [{"id": mara}]
    assert await listed(stage) == [campaign]


# Rights


def changes(campaign: str, profile: str) -> dict[str, dict[str, Any]]:
    """Every mutation of campaigns, with an input that would do."""
    return {
        "createCampaign": {"profileIds": [profile]},
        "updateCampaign": {"id": campaign, "name": "Mine"},
        "removeCampaign": {"id": campaign},
        "addCampaignProfiles": {"campaignId": campaign, "profileIds": [profile]},
        "removeCampaignProfiles": {"campaignId": campaign, "profileIds": [profile]},
        "addCampaignPosts": {"campaignId": campaign, "urls": ["chirp.example/mara/chirps/1"]},
        "removeCampaignPosts": {"campaignId": campaign, "urls": ["chirp.example/mara/chirps/1"]},
    }


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.CREATOR])
async def test_who_does_not_run_the_roster_changes_no_campaign(
    server: Server, stage: Stage, mara: str, role: Role
) -> None:
    campaign = await stage.campaign(mara)
    caller = await server.client(role, mara if role is Role.CREATOR else None)
    before = await snapshot(server.host)

    for mutation, wishes in changes(campaign, mara).items():
        kind = mutation[0].upper() + mutation[1:]
        week = {"name": "x", "startsAt": moment(stage.now), "endsAt": moment(stage.now + DAY)}
        given = {**week, **wishes} if mutation == "createCampaign" else wishes
        text = f"mutation ($i: {kind}Input!) {{ {mutation}(input: $i) {{ __typename }} }}"
        assert await caller.error_code(text, i=given) == "FORBIDDEN", mutation

    assert await snapshot(server.host) == before


async def test_a_manager_may_do_all_of_it(server: Server, stage: Stage, mara: str) -> None:
    manager = await server.client(Role.MANAGER)

    for mutation, wishes in changes(await stage.campaign(mara), mara).items():
        if mutation != "removeCampaign":
            answer = await stage.change(mutation, client=manager, **wishes)
            assert answer["__typename"].endswith("Success"), answer


async def test_an_observer_sees_every_campaign(server: Server, stage: Stage, mara: str, chirps: str) -> None:
    post = await stage.post(chirps)
    campaign = await stage.campaign(mara)

    assert await stage.posts(campaign, client=await server.client(Role.OBSERVER)) == [post]


async def test_a_creator_sees_the_campaigns_they_take_part_in_and_of_them_their_part(
    server: Server, stage: Stage, mara: str, dina: str
) -> None:
    ours, theirs = await stage.campaign(mara, dina), await stage.campaign(dina)
    creator = await server.client(Role.CREATOR, mara)
    both = "query ($a: ID!, $b: ID!) { a: node(id: $a) { id } b: campaign(id: $b) { id } }"

    listed = await creator.ask(
        "{ campaigns { totalCount nodes { id profiles { totalCount nodes { id } } } } }"
    )
    found = await creator.ask(both, a=ours, b=theirs)

    own = {"totalCount": 1, "nodes": [{"id": mara}]}
    assert listed == {"totalCount": 1, "nodes": [{"id": ours, "profiles": own}]}
    assert found == {"a": {"id": ours}, "b": None}
    assert await creator.error_code(LIST, f={"profileId": dina}) == "NOT_FOUND"
