"""TikTok's one webhook (TikTok sheet 6): every event goes there, told apart by its name."""

import json
from typing import Any

from linkroll_sandbox.cast import TikTokAccount
from linkroll_sandbox.clock import HOUR
from linkroll_sandbox.control.inputs import ControlError, number
from linkroll_sandbox.control.people import account_named
from linkroll_sandbox.deliveries.parcels import Order, Parcel
from linkroll_sandbox.deliveries.signatures import tiktok_signature
from linkroll_sandbox.world import World

REMOVED = "authorization.removed"
#: Unknown, disconnected in the app, account deleted, age changed, account banned, revoked by the developer.
REASONS = range(6)
_STALE = 2 * HOUR


def authorization_removed(world: World, order: Order) -> Parcel:
    """The consent is over and its access token is already dead; `reason` says why."""
    reason = number(order.details, "reason", 1)
    if reason not in REASONS:
        raise ControlError("reason must be a whole number from 0 to 5.")
    return _event(world, order, {"reason": int(reason)})


def other(world: World, order: Order) -> Parcel:
    """An event that a receiver has no use for and must still answer with 200."""
    return _event(world, order, {"share_id": "video.share.1", "publish_type": "DIRECT_PUBLISH"})


def _event(world: World, order: Order, content: dict[str, Any]) -> Parcel:
    account: TikTokAccount = account_named(world.cast, world.cast.people[order.person], order.named("tiktok"))
    return notification(world, order, account.open_id, content)


def notification(world: World, order: Order, open_id: str, content: dict[str, Any]) -> Parcel:
    """The signed POST. `content` is JSON inside a text, not an object."""
    app, now = world.apps["tiktok"], int(world.now())
    facts = {
        "client_key": app.client_id,
        "event": order.kind,
        "create_time": now,
        "user_openid": open_id,
        "content": json.dumps(content, separators=(",", ":")),
    }
    body = json.dumps(facts, separators=(",", ":")).encode()
    moment = now - (_STALE if order.forge == "stale" else 0)
    signature = tiktok_signature(body, app.client_secret, moment, order.forge)
    headers = {"Content-Type": "application/json", "TikTok-Signature": signature}
    return Parcel("tiktok", "webhook", body, headers)
