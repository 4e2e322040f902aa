"""Totals say what is in them, where it comes from, and what is not in them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from server.services.callers.viewers import Role
from support.campaigns import Stage, moment
from support.readings import DAY
from support.server import Server


def by_name(totals: Any) -> dict[str, Any]:
    """The sums by metric."""
    return {one["name"]: one for one in totals["sums"]}


def left_out(totals: Any) -> dict[tuple[str, str, str], int]:
    """How many posts are left out of what, by metric, platform and availability."""
    found: Counter[tuple[str, str, str]] = Counter()
    for one in totals["leftOut"]:
        found[one["metric"], one["platform"], one["availability"]] += one["posts"]
    return dict(found)


async def test_a_sum_names_its_platforms_and_sources_and_how_old_it_is(
    stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    honks = await stage.linked(dina, "honk")
    old, new = stage.now - 2 * DAY, stage.now
    await stage.views(chirps, await stage.post(chirps), 10, at=old, word="plays")
    await stage.views(chirps, await stage.post(chirps), 5, at=new, word="plays", definition="2")
    await stage.views(honks, await stage.post(honks, platform="honk"), 0, at=new, word="honks")
    campaign = await stage.campaign(mara, dina)

    totals = await stage.totals(campaign, "VIEWS")

    old_text, new_text = (moment(at).replace("+00:00", "Z") for at in (old, new))
    source = {"login": "chirp", "apiVersion": "v1", "posts": 1}
    assert totals == {
        "posts": 3,
        "sums": [
            {
                "name": "VIEWS",
                "unit": "COUNT",
                "value": 15.0,
                "posts": 3,
                "oldestFetchedAt": old_text,
                "newestFetchedAt": new_text,
                "platforms": [
                    {
                        "platform": "chirp",
                        "value": 15.0,
                        "posts": 2,
                        "oldestFetchedAt": old_text,
                        "newestFetchedAt": new_text,
                    },
                    {
                        "platform": "honk",
                        "value": 0.0,
                        "posts": 1,
                        "oldestFetchedAt": new_text,
                        "newestFetchedAt": new_text,
                    },
                ],
                "sources": [
                    {
                        **source,
                        "platform": "chirp",
                        "platformMetric": "plays",
                        "definition": "1",
                        "value": 10.0,
                    },
                    {
                        **source,
                        "platform": "chirp",
                        "platformMetric": "plays",
                        "definition": "2",
                        "value": 5.0,
                    },
                    {
                        **source,
                        "platform": "honk",
                        "platformMetric": "honks",
                        "definition": "1",
                        "value": 0.0,
                    },
                ],
            }
        ],
        "leftOut": [],
    }


async def test_what_must_not_be_summed_is_left_out_and_named(stage: Stage, mara: str, chirps: str) -> None:
    story = await stage.post(chirps, kind="STORY")
    video = await stage.post(chirps)
    await stage.readings.read(chirps, "REACH", 40, post=story, level="STORY")
    await stage.readings.read(chirps, "AVERAGE_WATCH_TIME", 900, post=video, level="POST")
    honks = await stage.linked(mara, "honk")
    honk = await stage.post(honks, platform="honk")
    await stage.readings.read(honks, "CLICKS", 3, post=honk, level="POST")
    campaign = await stage.campaign(mara)

    totals = await stage.totals(campaign, "REACH", "AVERAGE_WATCH_TIME", "CLICKS")

    assert totals["sums"] == []
    assert left_out(totals) == {
        ("REACH", "chirp", "SUPPORTED"): 1,
        # A video at Chirp has no reach, and none at Honk.
        ("REACH", "chirp", "NOT_SUPPORTED"): 1,
        ("REACH", "honk", "NOT_SUPPORTED"): 1,
        ("AVERAGE_WATCH_TIME", "chirp", "SUPPORTED"): 1,
        ("AVERAGE_WATCH_TIME", "chirp", "NOT_SUPPORTED"): 1,
        ("AVERAGE_WATCH_TIME", "honk", "NOT_SUPPORTED"): 1,
        ("CLICKS", "chirp", "NOT_SUPPORTED"): 2,
        # Honk tells clicks of one day at a time.
        ("CLICKS", "honk", "SUPPORTED"): 1,
    }
    assert all(one["reason"] and one["nextStep"] for one in totals["leftOut"])


async def test_every_post_is_in_the_sum_or_left_out_with_a_reason(
    stage: Stage, mara: str, chirps: str
) -> None:
    await stage.views(chirps, await stage.post(chirps), 7)
    await stage.views(chirps, await stage.post(chirps), None, availability="WITHHELD")
    await stage.views(chirps, await stage.post(chirps), None)
    await stage.post(chirps)
    unlinked = await stage.rows.account(mara, platform="chirp")
    await stage.post(unlinked)
    # What was told while the link lived stays told.
    await stage.views(unlinked, await stage.post(unlinked), 3)
    unscoped = await stage.rows.linked(mara, platform="honk", scopes=())
    await stage.post(unscoped, platform="honk")
    campaign = await stage.campaign(mara)

    totals = await stage.totals(campaign, "VIEWS")

    assert (by_name(totals)["VIEWS"]["value"], by_name(totals)["VIEWS"]["posts"]) == (10.0, 2)
    assert left_out(totals) == {
        ("VIEWS", "chirp", "WITHHELD"): 1,
        ("VIEWS", "chirp", "NOT_YET"): 2,
        ("VIEWS", "chirp", "NOT_LINKED"): 1,
        ("VIEWS", "honk", "MISSING_SCOPE"): 1,
    }
    assert totals["posts"] == 2 + sum(left_out(totals).values())


async def test_without_names_each_post_is_asked_for_what_its_platform_tells(
    stage: Stage, mara: str, chirps: str
) -> None:
    video, picture = await stage.post(chirps), await stage.post(chirps, kind="IMAGE")
    await stage.views(chirps, video, 7)
    await stage.readings.read(chirps, "SAVES", 2, post=picture, level="POST")
    campaign = await stage.campaign(mara)

    totals = await stage.totals(campaign)

    assert {name: one["value"] for name, one in by_name(totals).items()} == {"VIEWS": 7.0, "SAVES": 2.0}
    # Nobody speaks of the saves of a video: Chirp has none.
    assert left_out(totals) == {
        ("VIEWS", "chirp", "NOT_YET"): 1,
        ("AVERAGE_WATCH_TIME", "chirp", "NOT_YET"): 2,
    }


async def test_the_accounts_own_numbers_are_not_the_campaigns(stage: Stage, mara: str, chirps: str) -> None:
    await stage.readings.read(chirps, "VIEWS", 1000)
    other = await stage.post(chirps, "", stage.now - 9 * DAY)
    await stage.views(chirps, other, 500)
    campaign = await stage.campaign(mara)

    assert (await stage.totals(campaign, "VIEWS")) == {"posts": 0, "sums": [], "leftOut": []}


async def test_several_campaigns_keep_their_numbers_apart(
    stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    hers = await stage.linked(dina)
    await stage.views(chirps, await stage.post(chirps), 1)
    await stage.views(hers, await stage.post(hers), 20)
    campaigns = [await stage.campaign(*profiles) for profiles in ((mara,), (dina,), (mara, dina), ())]

    asked = (
        "{ campaigns { nodes { id totals(names: [VIEWS]) { posts sums { value } } posts { totalCount } } } }"
    )
    found = {one["id"]: one for one in (await stage.client.ask(asked))["nodes"]}

    shown = [found[campaign] for campaign in campaigns]
    assert (
        [one["totals"]["posts"] for one in shown]
        == [one["posts"]["totalCount"] for one in shown]
        == [1, 1, 2, 0]
    )
    assert [[s["value"] for s in one["totals"]["sums"]] for one in shown] == [[1.0], [20.0], [21.0], []]


async def test_a_creator_sees_what_their_own_posts_come_to(
    server: Server, stage: Stage, mara: str, dina: str, chirps: str
) -> None:
    hers = await stage.linked(dina)
    together, alone = await stage.post(hers, url_key="7"), await stage.post(hers)
    mine = await stage.post(chirps, url_key="7")
    await stage.views(hers, together, 500)
    await stage.views(hers, alone, 70)
    await stage.views(chirps, mine, 1)
    campaign = await stage.campaign(mara, dina)
    creator = await server.client(Role.CREATOR, mara)

    seen = await stage.totals(campaign, "VIEWS", client=creator)

    # Also of what they published together: Mara's key knows nothing of Dina's account.
    assert await stage.posts(campaign, client=creator) == [mine]
    assert (seen["posts"], by_name(seen)["VIEWS"]["value"]) == (1, 1.0)
    assert (await stage.totals(campaign, "VIEWS"))["posts"] == 2
