"""
What TikTok tells on its own: that an authorization was removed (tiktok sheet 6).

There is one address for all of an app's events. Each is signed with the client secret, arrives at least
once and has no id of its own. No event exists for a token that ends by time (recalled).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from linkroll_sdk import (
    About,
    Acknowledged,
    Callback,
    CallbackRejected,
    ClientConfig,
    Delivery,
    Documents,
    GrantEnded,
    InvalidReason,
    Notice,
    Notified,
)

from linkroll_tiktok.display_api import count, moment, string
from linkroll_tiktok.errors import plain_word

TOLERANCE = timedelta(seconds=300)
"""How old a delivery may be. The usual one (tiktok sheet 6, confirmed that stale ones are to be refused)."""

REASONS: Mapping[int | None, InvalidReason] = {
    0: InvalidReason.ACCESS_REVOKED,  # unknown
    1: InvalidReason.ACCESS_REVOKED,  # the person disconnected the app
    2: InvalidReason.ACCOUNT_GONE,  # the account was deleted
    3: InvalidReason.ACTION_REQUIRED,  # its age changed: only the person can set that right with TikTok
    4: InvalidReason.ACCOUNT_GONE,  # the account was banned
    5: InvalidReason.ACCESS_REVOKED,  # the app's own revoke call
}
"""TikTok's reasons (sheet 6, confirmed) as ours (inference)."""

_SIGNATURE = re.compile(r"t=([0-9]{1,11}), ?s=([0-9a-fA-F]{64})")


class TikTokWebhook(Callback):
    """The callback address of the app's webhooks."""

    key = "webhook"
    about = "TikTok's developer portal, your app, Webhooks: enter it as the callback URL."

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """
        The notices of one event. A repeat has the same key, whenever it was sent.

        Whether TikTok signs a repeat anew is unpublished. If it does not, a repeat is refused as stale,
        and the next probe finds out instead.
        """
        _check_signature(delivery, client)
        event = _read_object(delivery.body)
        if string(event, "client_key") != client.client_id:
            raise CallbackRejected("another app's client_key", 403)
        return Notified(_key_of(event), (_read_event(event),))


def _check_signature(delivery: Delivery, client: ClientConfig) -> None:
    """
    Refuse what was not signed with our client secret within the last minutes.

    HMAC-SHA256 over `<t>.<raw body>` (sheet 6, confirmed); that the key is the client secret is recalled.
    """
    if delivery.method != "POST" or not client.client_secret:
        raise CallbackRejected("no signed POST", 405)
    found = _SIGNATURE.fullmatch(delivery.headers.get("tiktok-signature", "").strip())
    if found is None:
        raise CallbackRejected("no TikTok-Signature", 401)
    sent_at, signature = found.groups()
    signed = sent_at.encode() + b"." + delivery.body
    expected = hmac.new(client.client_secret.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature.lower()):
        raise CallbackRejected("wrong signature", 401)
    if abs(delivery.received_at.timestamp() - int(sent_at)) > TOLERANCE.total_seconds():
        raise CallbackRejected("stale signature", 401)


def _read_event(event: Mapping[str, Any]) -> Notice:
    """What one genuine event means. Those that linkroll has no use for are only acknowledged."""
    name = plain_word(event.get("event"))
    open_id = string(event, "user_openid")
    if name != "authorization.removed" or not open_id:
        return Acknowledged(name)
    reason = _reason_in(event)
    return GrantEnded(
        About(subject=open_id),
        REASONS.get(reason, InvalidReason.ACCESS_REVOKED),
        f"{name}/{'unreadable' if reason is None else reason}",
        # TikTok repeats for up to 72 hours (sheet 6, confirmed), in which the person may connect again.
        at=moment(event, "create_time"),
    )


def _reason_in(event: Mapping[str, Any]) -> int | None:
    """The reason's number: `content` is JSON inside a string (sheet 6, confirmed)."""
    try:
        return count(_read_object(string(event, "content")), "reason")
    except CallbackRejected:
        return None


def _key_of(event: Mapping[str, Any]) -> str:
    """The same for each repeat: the person, the event and its second (sheet 6, inference)."""
    parts = [str(event.get(name)) for name in ("user_openid", "event", "create_time")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _read_object(body: bytes | str) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:  # RecursionError: brackets nested thousands deep
        raise CallbackRejected("no JSON") from error
    if not isinstance(answer, dict):
        raise CallbackRejected("no JSON object")
    return answer
