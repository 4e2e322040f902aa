"""Step 13: the numbers that came in meanwhile, and what there is none of."""

from __future__ import annotations

import asyncio
from typing import Any

from server.demo.narrator import Difference
from server.demo.scene import Scene

ARRIVE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.5
NAMES = ("FOLLOWERS", "VIEWS", "REACH")


async def read_numbers(scene: Scene) -> None:
    """13: nobody asked for them: a link that lives is read in the background."""
    scene.narrator.step("Read the numbers that came in meanwhile")
    accounts = await _wait_for_numbers(scene)
    for account in accounts:
        told = {metric["name"]: _word(metric) for metric in account["latestMetrics"]}
        scene.narrator.line(account["platform"], f"{told['FOLLOWERS']} followers", f"views {told['VIEWS']}")
    tiktok = next(a for a in accounts if a["platform"] == "tiktok")
    reach = next(m for m in tiktok["latestMetrics"] if m["name"] == "REACH")
    scene.narrator.check("TikTok tells no reach", expected="NOT_SUPPORTED", got=reach["availability"])
    scene.narrator.line("no 0 for", "TikTok's reach: it tells none", reach["availability"])

    post = tiktok["posts"]["nodes"][0]
    found = await scene.roster.post_by_url(post["url"])
    scene.narrator.check("the post behind its address", expected=post["id"], got=found.get("id"))
    scene.narrator.line("a post", post["url"])


async def _wait_for_numbers(scene: Scene) -> list[Any]:
    """Her accounts, once each has a number of followers and a post."""
    try:
        async with asyncio.timeout(ARRIVE_SECONDS):
            while True:
                accounts = await scene.roster.numbers(scene.profile, NAMES)
                if len(accounts) == len(scene.accounts) and all(map(_has_arrived, accounts)):
                    scene.narrator.checks += 1
                    return accounts
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        got = [account["platform"] for account in accounts if not _has_arrived(account)]
        raise Difference(
            "numbers did not come in", expected="some of every account", got=f"none of {got}"
        ) from None


def _has_arrived(account: Any) -> bool:
    followers = next(m for m in account["latestMetrics"] if m["name"] == "FOLLOWERS")
    return followers["availability"] == "SUPPORTED" and bool(account["posts"]["nodes"])


def _word(metric: Any) -> str:
    return f"{metric['value']:,.0f}" if "value" in metric else metric["availability"]
