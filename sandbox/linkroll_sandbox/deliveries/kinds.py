"""Everything that can be delivered: which login, how it is made, and what can be forged about it."""

from collections.abc import Callable
from dataclasses import dataclass

from linkroll_sandbox.deliveries import google, meta, tiktok
from linkroll_sandbox.deliveries.parcels import Order, Parcel
from linkroll_sandbox.world import World


@dataclass(frozen=True)
class Kind:
    """One kind of callback. `details` are the order's fields that only this kind takes."""

    make: Callable[[World, Order], Parcel]
    forges: tuple[str, ...]
    details: tuple[str, ...] = ()


_REQUEST_FORGES = ("signature", "stale", "algorithm")
_EVENT_FORGES = ("signature", "stale", "audience", "unknown_key", "algorithm")
_signed_requests = {
    "deauthorize": Kind(meta.deauthorize, _REQUEST_FORGES),
    "data-deletion": Kind(meta.data_deletion, _REQUEST_FORGES),
}

#: Kinds by login.
KINDS: dict[str, dict[str, Kind]] = {
    "facebook": {
        **_signed_requests,
        "challenge": Kind(meta.challenge, ("signature",), ("verify_token",)),
        "story_insights": Kind(meta.story_insights, ("signature", "algorithm"), ("media",)),
    },
    "instagram": _signed_requests,
    "tiktok": {
        tiktok.REMOVED: Kind(tiktok.authorization_removed, ("signature", "stale"), ("reason",)),
        "video.publish.completed": Kind(tiktok.other, ("signature", "stale")),
        "portability.download.ready": Kind(tiktok.other, ("signature", "stale")),
        "something.new": Kind(tiktok.other, ("signature", "stale")),
    },
    "google": {
        "sessions-revoked": Kind(google.account_event, _EVENT_FORGES),
        "tokens-revoked": Kind(google.account_event, _EVENT_FORGES),
        "token-revoked": Kind(google.token_revoked, _EVENT_FORGES, ("token", "identifier")),
        "account-disabled": Kind(google.account_disabled, _EVENT_FORGES, ("reason",)),
        "account-enabled": Kind(google.account_event, _EVENT_FORGES),
        "account-credential-change-required": Kind(google.account_event, _EVENT_FORGES),
        "account-purged": Kind(google.account_event, _EVENT_FORGES),
        "verification": Kind(google.verification, _EVENT_FORGES, ("state",)),
    },
}
#: The addresses that an operator registers in each platform's portal.
CALLBACKS: dict[str, tuple[str, ...]] = {
    "facebook": ("deauthorize", "data-deletion", "webhook"),
    "instagram": ("deauthorize", "data-deletion"),
    "tiktok": ("webhook",),
    "google": ("security-events",),
}
