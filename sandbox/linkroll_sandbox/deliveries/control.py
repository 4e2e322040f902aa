"""The control calls about outgoing callbacks: where they go, send one now, rotate Google's keys."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.control.inputs import ControlError, guarded, only, read_input
from linkroll_sandbox.deliveries.courier import deliver
from linkroll_sandbox.deliveries.kinds import KINDS
from linkroll_sandbox.deliveries.orders import read_callbacks, read_order
from linkroll_sandbox.deliveries.parcels import Order, Parcel
from linkroll_sandbox.google.keys import key_set
from linkroll_sandbox.world import World, world_of


async def callbacks(request: Request) -> Response:
    """The registered addresses; PUT replaces them all."""
    world = world_of(request)
    if request.method == "PUT":
        world.callbacks = read_callbacks(await read_input(request))
    return JSONResponse(world.callbacks)


async def send(request: Request) -> Response:
    """POST: one delivery now; `sent` is the request and `tries` what the receiver said to each."""
    world = world_of(request)
    order = read_order(world, await read_input(request))
    parcel = KINDS[order.login][order.kind].make(world, order)
    return JSONResponse(await _delivered(world, order, parcel))


async def _delivered(world: World, order: Order, parcel: Parcel) -> dict[str, Any]:
    url = world.callbacks.get(order.login, {}).get(parcel.callback)
    if url is None:
        raise ControlError(f"No address is registered for {order.login}.{parcel.callback}: PUT /callbacks.")
    replies = await deliver(parcel, url, order.repeat)
    return {"sent": parcel.facts(url), "tries": [reply.facts() for reply in replies]}


async def rotate_keys(request: Request) -> Response:
    """POST: Google signs with a new key; `keep_old: false` takes the old one out of the key set."""
    given = only(await read_input(request), ("keep_old",))
    keep_old = given.get("keep_old", True)
    if not isinstance(keep_old, bool):
        raise ControlError("keep_old must be true or false.")
    state = world_of(request).google
    state.rotate(keep_old=keep_old)
    return JSONResponse(key_set(state))


routes = [
    Route("/callbacks", guarded(callbacks), methods=["GET", "PUT"]),
    Route("/deliveries", guarded(send), methods=["POST"]),
    Route("/google/rotate-keys", guarded(rotate_keys), methods=["POST"]),
]
