"""Meta's callbacks (Meta sheet 7): deauthorize, data deletion, and the webhook."""

import json
import secrets
from typing import Any
from urllib.parse import urlencode

from linkroll_sandbox.cast import InstagramAccount
from linkroll_sandbox.clock import DAY
from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.content.numbers import post_total
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.control.inputs import ControlError, text
from linkroll_sandbox.control.people import account_named
from linkroll_sandbox.deliveries.parcels import Order, Parcel
from linkroll_sandbox.deliveries.signatures import hub_headers, signed_request
from linkroll_sandbox.world import World

_STALE = 30 * DAY
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
#: The webhook's number → the truth's.
_STORY_NUMBERS = {
    "impressions": "views",
    "reach": "reach",
    "taps_forward": "tap_forward",
    "taps_back": "tap_back",
    "exits": "tap_exit",
    "replies": "replies",
}


def deauthorize(world: World, order: Order) -> Parcel:
    """The person took the app out of their settings."""
    return _signed_request(world, order, "deauthorize")


def data_deletion(world: World, order: Order) -> Parcel:
    """The person wants their data deleted; the reply holds `url` and `confirmation_code`."""
    return _signed_request(world, order, "data-deletion")


def _signed_request(world: World, order: Order, callback: str) -> Parcel:
    """Each login has its own app, and with it its own secret and its own addresses."""
    secret = world.apps[order.login].client_secret
    text = signed_request(_payload(world, order), secret, order.forge)
    return Parcel(order.login, callback, urlencode({"signed_request": text}).encode(), dict(_FORM))


def _payload(world: World, order: Order) -> dict[str, Any]:
    return {
        "algorithm": "HMAC-SHA1" if order.forge == "algorithm" else "HMAC-SHA256",
        "issued_at": int(world.now()) - (_STALE if order.forge == "stale" else 0),
        "user_id": _scoped_id(world, order),
    }


def _scoped_id(world: World, order: Order) -> str:
    """Facebook knows the person by an id, Instagram Login the account, each scoped to its app."""
    if order.login == "facebook":
        return world.cast.people[order.person].facebook_user_id
    account: InstagramAccount = account_named(
        world.cast, world.cast.people[order.person], order.named("instagram")
    )
    return account.login_id


def challenge(world: World, order: Order) -> Parcel:
    """GET before the first delivery: the bare body of the answer must be `hub.challenge`."""
    token = "not-the-verify-token" if order.forge == "signature" else text(order.details, "verify_token")
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": token,
        "hub.challenge": str(secrets.randbelow(10**9)),
    }
    return Parcel("facebook", "webhook", method="GET", query=query)


def webhook(world: World, order: Order, entry: dict[str, Any]) -> Parcel:
    """A POST of one entry; the signature is over its raw bytes, under the Facebook app's secret."""
    body = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    headers = hub_headers(body, world.apps["facebook"].client_secret, order.forge)
    return Parcel("facebook", "webhook", body, _JSON | headers)


def story_insights(world: World, order: Order) -> Parcel:
    """
    The last numbers of a story, sent when its day is over.

    `media` names the story; left out, it is the last one that has ended.
    """
    account = accounts.of(
        account_named(world.cast, world.cast.people[order.person], order.named("instagram"))
    )
    story = _story(world, account, order.details.get("media"))
    value = {"media_id": story.id, **_last_numbers(story, story.ends_at or world.now())}
    changes = [{"field": "story_insights", "value": value}]
    return webhook(world, order, {"id": account.id, "time": int(world.now()), "changes": changes})


def _story(world: World, account: accounts.Account, media: str | None) -> Post:
    """Only a story that has ended has last numbers."""
    found = [one for one in library.stories(world, account) if (one.ends_at or 0) <= world.now()]
    named = [one for one in found if media in (None, one.id)]
    if not named:
        latest = found[0].id if found else "none"
        raise ControlError(f"{account.handle} has no such story that has ended; the latest is {latest}.")
    return named[0]


def _last_numbers(story: Post, at: float) -> dict[str, int]:
    """The truth, under the webhook's own names, which are older than those of the API."""
    return {name: int(post_total(story, metric, at)) for name, metric in _STORY_NUMBERS.items()}
