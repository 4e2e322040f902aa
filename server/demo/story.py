"""The story from its beginning to its end: who plays, the order of the steps, and cleaning up."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator

import aiohttp

from server.demo import connecting, measuring, merging, proving
from server.demo.api import Api
from server.demo.browser import Browser
from server.demo.narrator import Difference, Narrator
from server.demo.own_server import Place, own_server, place_of
from server.demo.roster import Roster
from server.demo.sandbox import Sandbox
from server.demo.scene import Scene

INTERRUPTED = 130
TIMEOUT = aiohttp.ClientTimeout(total=30)
# The accounts of the sandbox's people that the story plays with.
PROPS = (
    "tiktok.com/@marabakes",
    "instagram.com/mara.bakes",
    "facebook.com/marabakes",
    "youtube.com/@marabakes",
    "youtube.com/@crumbandcompass",
    "tiktok.com/@emil_draws",
)


async def tell(url: str | None = None, key: str | None = None, sandbox_url: str | None = None) -> int:
    """
    Tell the story at *url*, or against a server of our own; 0 when every step came out as told, else 1.

    Time travel and the proof of read-only need the sandbox's own address; without *sandbox_url* a server that
    somebody else runs is spared them.
    """
    narrator = Narrator(sys.stdout)
    began = time.monotonic()
    _stop_on_sigterm()
    try:
        narrator.title("linkroll demo: one creator, four platforms")
        async with (
            _place(narrator, url, key, sandbox_url) as place,
            _scene(narrator, place, is_shared=url is not None) as scene,
        ):
            await _play(scene)
    except Difference as difference:
        narrator.difference(difference)
        return 1
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        said = f"{type(error).__name__} {error}".strip()
        narrator.difference(Difference("there was no proper answer", expected="an answer", got=said))
        return 1
    except asyncio.CancelledError:
        return INTERRUPTED
    narrator.the_end(time.monotonic() - began)
    return 0


def _stop_on_sigterm() -> None:
    """Let SIGTERM end the story as Ctrl-C does: what was started is stopped, what was made is removed."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


@contextlib.asynccontextmanager
async def _place(
    narrator: Narrator, url: str | None, key: str | None, sandbox_url: str | None
) -> AsyncIterator[Place]:
    """Where the story plays: at *url*, or at a server of our own."""
    if url is not None:
        yield place_of(url, key or "", sandbox_url)
        return
    narrator.remark("Starting a server and stand-in platforms, for this story alone.")
    async with own_server() as place:
        yield place


@contextlib.asynccontextmanager
async def _scene(narrator: Narrator, place: Place, *, is_shared: bool) -> AsyncIterator[Scene]:
    """The stage at *place*. In somebody else's roster it needs room before, and leaves nothing after."""
    narrator.address("server", f"{place.url}/graphql")
    if place.sandbox_url:
        narrator.address("sandbox", f"{place.sandbox_url}/_control/")
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
        mara = await stack.enter_async_context(Browser("mara", place.url))
        chen = await stack.enter_async_context(Browser("chen", place.url))
        scene = Scene(
            narrator=narrator,
            roster=Roster(Api(session, place.url, place.key)),
            sandbox=Sandbox(session, place.sandbox_url) if place.sandbox_url else None,
            mara=mara,
            chen=chen,
            mark=secrets.token_hex(3),
            is_shared=is_shared,
        )
        if not is_shared:
            yield scene
            return
        await _expect_room(scene)
        try:
            yield scene
        except BaseException:
            # What went wrong in the story is worth more than what went wrong in cleaning up after it.
            with contextlib.suppress(Difference, aiohttp.ClientError, TimeoutError):
                await _clean_up(scene)
            raise
        await _clean_up(scene)
        await _expect_room(scene)
        narrator.remark("\nEverything that the story made here is removed again.")


async def _play(scene: Scene) -> None:
    async with contextlib.AsyncExitStack() as stack:
        if scene.sandbox is not None:
            scene.requests_before = await scene.sandbox.last_request()
        await connecting.create_profile(scene)
        await connecting.add_accounts(scene)
        await connecting.subscribe(scene, stack)
        await connecting.connect_accounts(scene)
        await connecting.show_events(scene)
        await connecting.unlink(scene)
        await connecting.reconnect(scene)
        await merging.run_into_conflict(scene)
        await merging.find_holder(scene)
        await merging.merge_and_undo(scene)
        await proving.resume_events(scene)
    await measuring.read_numbers(scene)
    if scene.sandbox is not None:
        await proving.travel(scene, scene.sandbox)
        await proving.prove_read_only(scene, scene.sandbox)
    else:
        scene.narrator.remark(
            "\nTime travel and the proof of read-only need --sandbox-url, and were left out."
        )


async def _expect_room(scene: Scene) -> None:
    """The sandbox's people have one account each: nobody else may hold those that the story adds."""
    for url in PROPS:
        found = await scene.roster.find(url)
        if found["__typename"] == "SocialAccount":
            raise Difference(
                "this roster has an account that the demo needs",
                expected=f"nobody to hold {url}",
                got=f"{found['profile']['displayName']}. Remove it there, or run the demo without --url",
            )


async def _clean_up(scene: Scene) -> None:
    """Remove what the story made. A merged profile goes with its survivor."""
    for profile in filter(None, (scene.duplicate, scene.profile)):
        await scene.roster.remove_profile(profile)
