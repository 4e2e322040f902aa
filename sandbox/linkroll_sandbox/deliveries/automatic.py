"""
What a platform sends by itself when a person acts, with the switch `callbacks_automatic` on.

The parcels are made before the act, while it still shows what stands, and sent after it: a token
is dead by the time its owner's app hears of it.
"""

from collections.abc import Iterator

from linkroll_sandbox.cast import TikTokAccount
from linkroll_sandbox.control.inputs import Input
from linkroll_sandbox.deliveries import google, meta, tiktok
from linkroll_sandbox.deliveries.courier import Reply, deliver
from linkroll_sandbox.deliveries.parcels import Order, Parcel
from linkroll_sandbox.google import scopes
from linkroll_sandbox.grants import Grant
from linkroll_sandbox.world import World

_DISCONNECTED, _DELETED, _BY_DEVELOPER = 1, 2, 5


def consequences(world: World, act: str, person: str, given: Input) -> list[Parcel]:
    """The callbacks that follow from *act*; none while the switch is off."""
    if not world.is_on("callbacks_automatic"):
        return []
    if act == "remove-app":
        return _app_removed(world, person, str(given.get("login", "")))
    if act == "close-account" and given.get("platform") == "tiktok":
        return list(_tiktok_removed(world, world.ledger.live_grants("tiktok", person), _DELETED))
    return []


def revoked(world: World, grant: Grant) -> list[Parcel]:
    """TikTok tells the app of its own revocation, too [inference]."""
    if not world.is_on("callbacks_automatic"):
        return []
    return list(_tiktok_removed(world, [grant], _BY_DEVELOPER))


async def send_all(world: World, parcels: list[Parcel]) -> list[Reply]:
    """Deliver to whoever is registered; without an address nothing is sent, as on the platforms."""
    replies = []
    for parcel in parcels:
        url = world.callbacks.get(parcel.login, {}).get(parcel.callback)
        replies += await deliver(parcel, url) if url else []
    return replies


def _app_removed(world: World, person: str, login: str) -> list[Parcel]:
    grants = world.ledger.live_grants(login, person)
    if not grants:
        return []
    if login == "tiktok":
        return list(_tiktok_removed(world, grants, _DISCONNECTED))
    if login == "google":
        return _google_removed(world, person, grants)
    return [meta.deauthorize(world, one) for one in _meta_orders(login, person, grants)]


def _tiktok_removed(world: World, grants: list[Grant], reason: int) -> Iterator[Parcel]:
    """One event for each account, however often it consented."""
    for open_id in dict.fromkeys(grant.subject for grant in grants):
        account = world.cast.tiktok_account(open_id)
        if isinstance(account, TikTokAccount):
            order = Order("tiktok", tiktok.REMOVED, account.owner)
            yield tiktok.notification(world, order, open_id, {"reason": reason})


def _google_removed(world: World, person: str, grants: list[Grant]) -> list[Parcel]:
    """Only somebody who granted profile or email has events (YouTube sheet 6)."""
    told = any(scopes.PROFILE in grant.scopes or scopes.EMAIL in grant.scopes for grant in grants)
    return [google.account_event(world, Order("google", "tokens-revoked", person))] if told else []


def _meta_orders(login: str, person: str, grants: list[Grant]) -> list[Order]:
    """Facebook knows the person, Instagram each account."""
    if login == "facebook":
        return [Order(login, "deauthorize", person)]
    accounts = dict.fromkeys(grant.subject for grant in grants)
    return [Order(login, "deauthorize", person, account=one) for one in accounts]
