"""
The webhook: what Meta sends while things happen. linkroll reads one kind, the last numbers of a story.

A Page's own changes are not among them: subscribing a Page needs a scope that writes (meta sheet 7,
confirmed). `story_insights` comes for Instagram accounts that are reached through a Page, once, when a story
expires; nobody can ask for these numbers later.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from typing import Any

from linkroll_meta.signed_requests import check_secret, read_object
from linkroll_meta.values import objects, string
from linkroll_sdk import (
    About,
    Acknowledged,
    Availability,
    Callback,
    CallbackRejected,
    ClientConfig,
    Delivery,
    Documents,
    FinalReadings,
    MetricName,
    Notice,
    Notified,
    Reading,
    Reply,
)

VERIFY_TOKEN = "webhook_verify_token"
"""The operator's option: the word that they also enter beside the address at Meta."""

# Field names are the Instagram catalogue's. Of `taps_forward`, `taps_back` and `exits` it has none: together
# they are less than `navigation`, which counts swipes too (meta sheet 4.2, confirmed).
STORY_FIELDS = {
    "impressions": MetricName.IMPRESSIONS,
    "reach": MetricName.REACH,
    "replies": MetricName.REPLIES,
}

UNVERSIONED = "webhook"
"""Deliveries do not say by which version of the API they were made."""

_WORD = re.compile(r"\w{1,40}", re.ASCII)


class Webhook(Callback):
    """
    Verified by a signature over the raw body (meta sheet 7, confirmed).

    Its age is not checked: Meta tries again for 36 hours, and an old copy tells the same last numbers.
    """

    key = "webhook"
    about = (
        "Enter it under Webhooks for the object Instagram, with the option `webhook_verify_token` as the "
        "verify token, and subscribe to `story_insights`."
    )

    def answer_challenge(self, query: Mapping[str, str], client: ClientConfig) -> Reply:
        """The challenge itself, when the verify token is the operator's."""
        expected = client.options.get(VERIFY_TOKEN, "")
        if not expected:
            raise CallbackRejected(f"the option {VERIFY_TOKEN} is not set", 403)
        told = query.get("hub.verify_token", "")
        if not hmac.compare_digest(told.encode(errors="replace"), expected.encode(errors="replace")):
            raise CallbackRejected("wrong verify token", 403)
        if query.get("hub.mode") != "subscribe" or not query.get("hub.challenge"):
            raise CallbackRejected("no challenge")
        return Reply(body=query["hub.challenge"].encode(errors="replace"))

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """The last numbers of each story; whatever else was subscribed to is acknowledged."""
        check_signature(delivery, client)
        payload = read_object(delivery.body)
        notices = list(dict.fromkeys(_notices(payload))) or [Acknowledged("empty")]
        return Notified(hashlib.sha256(delivery.body).hexdigest(), tuple(notices))


def check_signature(delivery: Delivery, client: ClientConfig) -> None:
    """Raise `CallbackRejected` unless the app secret signed the body as it came."""
    check_secret(client)
    expected = hmac.new(client.client_secret.encode(), delivery.body, hashlib.sha256).hexdigest()
    told = delivery.headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(told.encode(errors="replace"), f"sha256={expected}".encode()):
        raise CallbackRejected("wrong signature", 403)


def _notices(payload: Mapping[str, Any]) -> Iterator[Notice]:
    kind = _word(payload.get("object"))
    for entry in objects(payload.get("entry")):
        for change in objects(entry.get("changes")):
            yield _notice(kind, string(entry.get("id")), change)


def _notice(kind: str, account_id: str | None, change: Mapping[str, Any]) -> Notice:
    field, value = _word(change.get("field")), change.get("value")
    media_id = string(value.get("media_id")) if isinstance(value, dict) else None
    if (kind, field) != ("instagram", "story_insights") or not media_id or not account_id:
        return Acknowledged(f"{kind}.{field}")
    return FinalReadings(
        About(platform_id=account_id), media_id, tuple(_readings(change["value"])), UNVERSIONED
    )


def _readings(value: Mapping[str, Any]) -> Iterator[Reading]:
    for field, name in STORY_FIELDS.items():
        count = value.get(field)
        if not isinstance(count, int) or isinstance(count, bool):
            continue
        # Counts under 5 may read -1 (meta sheet 4.3, one source).
        if count < 0:
            yield Reading(name, field, Availability.WITHHELD)
        else:
            yield Reading(name, field, Availability.SUPPORTED, count)


def _word(value: Any) -> str:
    """A name that is safe to keep in a log."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "unknown"
