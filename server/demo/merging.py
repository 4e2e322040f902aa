"""Steps 8 to 11: two profiles for one creator: conflict, holder, merge, undo."""

from __future__ import annotations

from typing import Any

from server.demo.roster import granted
from server.demo.scene import Scene, unfinished

BRAND_CHANNEL = "Crumb & Compass"
ADDRESS = "https://www.tiktok.com/@marabakes?lang=de"


async def run_into_conflict(scene: Scene) -> None:
    """8: a colleague kept a profile of the same creator, with a channel of its own."""
    scene.narrator.step("A colleague made her a second profile")
    scene.duplicate = await scene.roster.create_profile(scene.old_entry, f"demo-{scene.mark}-old")
    channel = await scene.roster.add(scene.duplicate, "youtube.com/@crumbandcompass")
    attempt, _ = await scene.attempt(scene.mara, {"socialAccountId": channel["id"]}, BRAND_CHANNEL)
    granted(attempt["outcome"] or unfinished(attempt), "AccountsLinked")
    scene.narrator.line("youtube", f"{scene.old_entry} has @crumbandcompass", "LINKED")
    before = await _both(scene)

    by_address = granted(await scene.roster.try_add(scene.duplicate, ADDRESS), "AccountAlreadyAttached")
    target = {"profilePlatform": {"profileId": scene.duplicate, "platform": "tiktok"}}
    attempt, _ = await scene.attempt(scene.mara, target, "Mara Bakes")
    by_consent = granted(attempt["outcome"] or unfinished(attempt), "AccountAlreadyAttached")

    holders = [one["holder"]["id"] for one in (by_address, by_consent)]
    scene.narrator.check("who holds the account", expected=[scene.profile] * 2, got=holders)
    scene.narrator.check("both profiles stay as they were", expected=before, got=await _both(scene))
    scene.narrator.line("by address", f"AccountAlreadyAttached: {scene.creator} holds it")
    scene.narrator.line("by consent", f"AccountAlreadyAttached: {scene.creator} holds it")


async def find_holder(scene: Scene) -> None:
    """9: whose account is it?"""
    scene.narrator.step("Find the holder by the account's address")

    found = granted(await scene.roster.find(ADDRESS), "SocialAccount")

    got = (found["id"], found["profile"]["id"])
    scene.narrator.check("whose it is", expected=(scene.accounts["tiktok"], scene.profile), got=got)
    scene.narrator.line("address", ADDRESS)
    scene.narrator.line("holder", found["profile"]["displayName"])


async def merge_and_undo(scene: Scene) -> None:
    """10 and 11: one profile, and two again."""
    before = await _both(scene)
    merge = await _merge(scene, before)
    await _undo(scene, merge, before)


async def _merge(scene: Scene, before: list[Any]) -> str:
    """10: the preview says what happens, and it happens."""
    scene.narrator.step("Merge the second profile into the first")
    moving = [account["id"] for account in before[1]["socialAccounts"]["nodes"]]

    preview = await scene.roster.preview_merge(scene.profile, scene.duplicate)
    scene.narrator.check(
        "what would move", expected=moving, got=[account["id"] for account in preview["socialAccounts"]]
    )
    scene.narrator.check("a preview changes nothing", expected=before, got=await _both(scene))
    scene.narrator.line("preview", f"{len(moving)} account moves; undo until {preview['undoUntil'][:10]}")

    merged = await scene.roster.merge(scene.profile, scene.duplicate)
    now = await scene.roster.profile(scene.duplicate)
    scene.narrator.check("where the old id leads", expected=scene.profile, got=now["id"])
    accounts = sorted(account["id"] for account in now["socialAccounts"]["nodes"])
    expected = sorted([*scene.accounts.values(), *moving])
    scene.narrator.check("the survivor's accounts", expected=expected, got=accounts)
    scene.narrator.line("merged", f"{now['displayName']}, {now['totalFollowers']:,} followers", _linked(now))
    scene.narrator.line("old id", f"resolves to {now['displayName']}")
    return str(merged["merge"]["id"])


async def _undo(scene: Scene, merge: str, before: list[Any]) -> None:
    """11: as if it had never been."""
    scene.narrator.step("Undo the merge")

    undone = await scene.roster.undo_merge(merge)

    scene.narrator.check("nothing was lost on the way", expected=[], got=undone["goneAccountIds"])
    scene.narrator.check("both profiles are as before", expected=before, got=await _both(scene))
    for profile in before:
        scene.narrator.line("back", profile["displayName"], _linked(profile))


def _linked(profile: Any) -> str:
    return f"{profile['statusCounts']['linked']} LINKED"


async def _both(scene: Scene) -> list[Any]:
    """Both profiles with all that a frontend shows of them."""
    return [await scene.roster.profile(profile) for profile in (scene.profile, scene.duplicate)]
