"""Steps 12, 14 and 15: no event is lost or doubled, time does its work, and nothing was ever written."""

from __future__ import annotations

from server.demo.sandbox import Sandbox
from server.demo.scene import Scene, change_of

DAY_SECONDS = 86_400
# A consent lasts 90 days, and a person is warned 14 days ahead. Tokens of an hour, of two and of 60 days end on
# the way, and are nobody's business.
JOURNEY = ((70, "LINKED"), (80, "EXPIRING"), (91, "INVALID"))
NEXT = {"LINKED": (None, None), "EXPIRING": (None, "RECONNECT"), "INVALID": ("EXPIRED", "RECONNECT")}
PASSER_BY = "@emil_draws"
# Where the platforms' data comes from, Instagram's through Facebook: a record without them would prove nothing.
DATA_HOSTS = {"graph.facebook.com", "open.tiktokapis.com", "youtube.googleapis.com"}


async def resume_events(scene: Scene) -> None:
    """12: a dashboard that lost its socket catches up, and then hears the same as one that did not."""
    scene.narrator.step("Lose a socket, and resume after the first event")
    first, *rest = scene.events
    async with scene.roster.follow(scene.profile, first["cursor"]) as resumed:
        replayed = await resumed.take(len(rest))
        scene.narrator.check("the events after the first, each once", expected=rest, got=replayed)
        scene.narrator.line("replayed", f"{len(replayed)} events: the same, in order, each once")

        # New events behind the replay show that nothing more of the old was waiting.
        passer_by = await scene.roster.add(scene.profile, PASSER_BY, "tiktok")
        await scene.roster.remove(passer_by["id"])
        news, same = await scene.take_events(2), await resumed.take(2)

    told = [(event["accountId"], change_of(event)) for event in news]
    expected = [(passer_by["id"], "- -> ADDED"), (passer_by["id"], "ADDED -> -")]
    scene.narrator.check("what came next", expected=expected, got=told)
    scene.narrator.check("both sockets hear the same", expected=news, got=same)
    scene.narrator.line("then live", f"{PASSER_BY} comes and goes, on both sockets alike")


async def travel(scene: Scene, sandbox: Sandbox) -> None:
    """14: what a person must renew runs out, at its own time."""
    scene.narrator.step("Travel in time")
    today = await sandbox.offset()
    try:
        for days, status in JOURNEY:
            await sandbox.travel_to(today + days * DAY_SECONDS)
            await _arrive(scene, f"+{days} days", dict.fromkeys(scene.accounts, status))
    finally:
        await sandbox.travel_to(today)
    await _arrive(scene, "today", dict.fromkeys(scene.accounts, "LINKED"))


async def _arrive(scene: Scene, when: str, statuses: dict[str, str]) -> None:
    """A stop on the way: every account stands as it should by now, and says what to do."""
    accounts = await scene.wait_for(statuses)
    for account in accounts:
        got = (account["statusReason"], account["nextAction"])
        what = f"reason and next action of {account['platform']}, {when}"
        scene.narrator.check(what, expected=NEXT[account["status"]], got=got)
    for status in sorted(set(statuses.values())):
        platforms = sorted(platform for platform in statuses if statuses[platform] == status)
        reason, _ = NEXT[status]
        scene.narrator.line(when, ", ".join(platforms), f"{status} {reason or ''}".strip())
        when = ""


async def prove_read_only(scene: Scene, sandbox: Sandbox) -> None:
    """15: not our word for it: the platforms' side of the story."""
    scene.narrator.step("Read-only, by the platforms' own record")

    requests = await sandbox.requests(scene.requests_before)

    asked = {request["host"] for request in requests if request["method"] == "GET"}
    scene.narrator.check("the platforms that were asked", expected=DATA_HOSTS, got=asked & DATA_HOSTS)
    writes = [f"{one['method']} {one['host']}{one['path']}" for one in requests if one["write"]]
    scene.narrator.check("writes on record", expected=[], got=writes)
    reads = sum(request["method"] == "GET" for request in requests)
    scene.narrator.line("requests", f"{reads} to read, {len(requests) - reads} for consent and tokens")
    scene.narrator.line("writes", "none")
