"""Steps 1 to 7: a creator, her accounts on four platforms, and the consents that link them."""

from __future__ import annotations

import contextlib
from typing import Any

from server.demo.roster import granted
from server.demo.scene import Scene, change_of, unfinished

# Platform, what a person pastes, and the handle it stands for: with junk, foreign hosts and odd case.
PASTED = (
    ("tiktok", "@MaraBakes", "MaraBakes"),
    ("instagram", "HTTPS://Instagram.com/Mara.Bakes/?igsh=MzRl", "mara.bakes"),
    ("facebook", "de-de.facebook.com/marabakes/?ref=share#", "marabakes"),
    ("youtube", "m.youtube.com/@MaraBakes/videos?si=x9", "MaraBakes"),
)
PAIR = ("facebook", "instagram")


async def create_profile(scene: Scene) -> None:
    """1: a creator."""
    scene.narrator.step("Create a profile")

    scene.profile = await scene.roster.create_profile(scene.creator, f"demo-{scene.mark}")

    made = await scene.roster.profile(scene.profile)
    scene.narrator.check("the profile's name", expected=scene.creator, got=made["displayName"])
    scene.narrator.check("a new profile's accounts", expected=[], got=made["socialAccounts"]["nodes"])
    scene.narrator.line("profile", f"{scene.creator}, {made['kind'].lower()}, no accounts yet")


async def add_accounts(scene: Scene) -> None:
    """2: accounts by handle and address."""
    scene.narrator.step("Add her accounts, as people paste them")
    for platform, pasted, handle in PASTED:
        account = await scene.roster.add(scene.profile, pasted, platform if pasted[0] == "@" else None)

        scene.accounts[platform] = account["id"]
        got = (account["platform"], account["handle"].lower(), account["status"], account["nextAction"])
        scene.narrator.check(
            f"what {pasted} became", expected=(platform, handle.lower(), "ADDED", "CONNECT"), got=got
        )
        scene.narrator.line(platform, pasted, f"{account['status']} @{account['handle']}")


async def subscribe(scene: Scene, stack: contextlib.AsyncExitStack) -> None:
    """3: a dashboard begins to listen. The cursor makes the start exact: nothing falls between two calls."""
    scene.narrator.step("Subscribe to accountStatusChanged")

    scene.start = await scene.roster.newest_event(scene.profile)
    scene.live = await stack.enter_async_context(scene.roster.follow(scene.profile, scene.start))

    scene.narrator.line("socket", f"graphql-transport-ws, after {scene.start}")


async def connect_accounts(scene: Scene) -> None:
    """4: the real flow: our address, the platform's pages, the callback, and back."""
    scene.narrator.step("Connect them on the platforms' own consent pages")
    way = await scene.connect(scene.mara, "tiktok", "Mara Bakes")
    scene.narrator.line("tiktok", f"Mara allows it ({way})", "LINKED")
    await _connect_pair(scene)
    way = await scene.connect(scene.mara, "youtube", "Mara Bakes")
    scene.narrator.line("youtube", f"Mara picks her channel ({way})", "LINKED")

    profile = await scene.roster.profile(scene.profile)
    accounts = profile["socialAccounts"]["nodes"]
    total = sum(account["followers"] or 0 for account in accounts)
    counts = {"added": 0, "linked": 4, "expiring": 0, "invalid": 0}
    scene.narrator.check("the profile's counts", expected=counts, got=profile["statusCounts"])
    scene.narrator.check("the profile's followers", expected=total, got=profile["totalFollowers"])
    scene.narrator.line("together", f"4 linked, {total:,} followers")


async def _connect_pair(scene: Scene) -> None:
    """One consent reaches a Page and the Instagram account behind it: they are chosen together."""
    target = {"socialAccountId": scene.accounts["facebook"]}
    attempt, way = await scene.attempt(scene.mara, target, "Mara Linden")
    scene.narrator.check("the attempt waits for a choice", expected="CHOOSING", got=attempt["state"])
    pair = [one for one in attempt["candidates"] if one["usable"] and one["pair"] is not None]
    scene.narrator.check("the pair on offer", expected=[*PAIR], got=sorted(one["platform"] for one in pair))

    linked = await scene.roster.choose(attempt["id"], [one["id"] for one in pair])

    page, behind = sorted(linked, key=lambda account: str(account["platform"]))
    expected = {platform: scene.accounts[platform] for platform in PAIR}
    scene.narrator.check(
        "the accounts that were linked",
        expected=expected,
        got={page["platform"]: page["id"], behind["platform"]: behind["id"]},
    )
    mates = (page["pairedWith"]["id"], behind["pairedWith"]["id"])
    scene.narrator.check("the pair knows each other", expected=(behind["id"], page["id"]), got=mates)
    scene.narrator.line("facebook", f"her Page ({way})", page["status"])
    scene.narrator.line("instagram", "and the account behind it, as a pair", behind["status"])


async def show_events(scene: Scene) -> None:
    """5: the dashboard heard of all four."""
    scene.narrator.step("Status events arrived meanwhile")

    events = await scene.take_events(len(PASTED))

    for event in events:
        scene.narrator.check("a change", expected="ADDED -> LINKED", got=change_of(event))
        scene.narrator.line(event["platform"], f"at {event['at'][11:19]}", change_of(event))
    told = sorted(event["accountId"] for event in events)
    scene.narrator.check("one event an account", expected=sorted(scene.accounts.values()), got=told)


async def unlink(scene: Scene) -> None:
    """6: the creator's own act."""
    scene.narrator.step("Unlink TikTok")

    ended = await scene.roster.unlink(scene.accounts["tiktok"])

    scene.narrator.check("what TikTok said", expected="REVOKED", got=ended["revocation"])
    await scene.expect_status("tiktok", "INVALID", "UNLINKED")
    scene.narrator.line("tiktok", "grant revoked there, tokens forgotten here", "INVALID")
    await _expect_event(scene, "LINKED -> INVALID", "UNLINKED")


async def reconnect(scene: Scene) -> None:
    """7: first somebody else consents, on a shared phone, then the right person."""
    scene.narrator.step("Reconnect it, first as the wrong person")
    before = await scene.roster.account(scene.accounts["tiktok"])
    target = {"socialAccountId": scene.accounts["tiktok"]}

    attempt, _ = await scene.attempt(scene.chen, target, "Chen Ceramics")
    outcome = granted(attempt["outcome"] or unfinished(attempt), "WrongAccount")

    told = (outcome["expected"], outcome["got"])
    scene.narrator.check("whom it names", expected=(before["handle"], ["chenceramics"]), got=told)
    after = await scene.roster.account(scene.accounts["tiktok"])
    scene.narrator.check("the account is untouched", expected=before, got=after)
    scene.narrator.line("as Chen", f"WrongAccount: this is @{told[1][0]}", after["status"])

    way = await scene.connect(scene.mara, "tiktok", "Mara Bakes")
    scene.narrator.line("as Mara", f"AccountsLinked ({way})", "LINKED")
    await _expect_event(scene, "INVALID -> LINKED", None)


async def _expect_event(scene: Scene, change: str, reason: str | None) -> None:
    """The next event is this one of the TikTok account, and no other."""
    event: Any = (await scene.take_events(1))[0]
    got = (event["accountId"], change_of(event), event["statusReason"])
    scene.narrator.check("the next event", expected=(scene.accounts["tiktok"], change, reason), got=got)
    scene.narrator.line("event", f"statusReason {reason}" if reason else "on the same socket", change)
