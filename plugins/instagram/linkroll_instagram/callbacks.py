"""
What Instagram delivers about a person: that the app was removed, or that their data are to be deleted.

Both come as a form with a `signed_request` (meta sheet 7, confirmed): signature and payload, each base64 for
URLs without padding, joined by a dot; the signature is over the payload as it was sent, not over what it
means; the key is the Instagram app's secret. The payload names the person by the app-scoped id, which is the
grant's subject. One team never saw the first of the two arrive: the API's errors are the signal to rely on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from linkroll_sdk import (
    About,
    Callback,
    CallbackRejected,
    ClientConfig,
    DeletionRequested,
    Delivery,
    Documents,
    GrantEnded,
    InvalidReason,
    Notice,
    Notified,
    Receipt,
    Reply,
)

MAX_AGE = timedelta(days=1)
"""How old a signed request may be (meta sheet 7: others allow a day)."""


class Deauthorize(Callback):
    """The person removed the app in Instagram's settings."""

    key = "deauthorize"
    about = "Enter it under Instagram > Business login settings as the Deauthorize Callback URL."

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """The end of every grant of the person."""
        signed = read_signed_request(delivery, client)
        about, at = _person(signed), _issued_at(signed)
        notice = GrantEnded(about, InvalidReason.ACCESS_REVOKED, "deauthorize", at)
        return _notified(self.key, signed, notice)


class DataDeletion(Callback):
    """The person asked Instagram to have their data deleted."""

    key = "data-deletion"
    about = "Enter it under Instagram > Business login settings as the Data Deletion Request URL."

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """The request to delete what was read by the person's grants."""
        signed = read_signed_request(delivery, client)
        notice = DeletionRequested(_person(signed), "data_deletion", _issued_at(signed))
        return _notified(self.key, signed, notice)

    def reply(self, receipt: Receipt) -> Reply:
        """Where the person sees what became of it (meta sheet 7, confirmed: ordinary JSON)."""
        told = {"url": receipt.status_url, "confirmation_code": receipt.code}
        return Reply(body=json.dumps(told).encode(), content_type="application/json")


def read_signed_request(delivery: Delivery, client: ClientConfig) -> dict[str, Any]:
    """The payload of a genuine and fresh `signed_request`. Raises `CallbackRejected`."""
    signature, _, encoded = _field(delivery).partition(".")
    _check_secret(client)
    expected = hmac.new(client.client_secret.encode(), encoded.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(_decoded(signature), expected):
        raise CallbackRejected("wrong signature", 403)
    payload = _read_object(_decoded(encoded))
    if str(payload.get("algorithm")).upper() != "HMAC-SHA256":
        raise CallbackRejected("unknown algorithm")
    if delivery.received_at - _issued_at(payload) > MAX_AGE:
        raise CallbackRejected("too old")
    return payload


def _check_secret(client: ClientConfig) -> None:
    """Refuse everything while there is no secret: anybody can sign with an empty one."""
    if not client.client_secret:
        raise CallbackRejected("no app secret is set", 503)


def _read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in *body*. Raises `CallbackRejected`."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallbackRejected("unreadable payload") from error
    if not isinstance(found, dict):
        raise CallbackRejected("unreadable payload")
    return found


def _field(delivery: Delivery) -> str:
    try:
        fields = parse_qs(delivery.body.decode("ascii"), max_num_fields=20)
    except ValueError as error:
        raise CallbackRejected("unreadable form") from error
    told = fields.get("signed_request", [])
    if len(told) != 1 or not told[0].isascii():
        raise CallbackRejected("no signed request")
    return told[0]


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise CallbackRejected("unreadable signed request") from error


def _issued_at(payload: Mapping[str, Any]) -> datetime:
    seconds = payload.get("issued_at")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise CallbackRejected("no time of issue")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CallbackRejected("no time of issue") from error


def _person(payload: Mapping[str, Any]) -> About:
    user_id = payload.get("user_id")
    if isinstance(user_id, bool) or not isinstance(user_id, (str, int)) or user_id == "":
        raise CallbackRejected("no user id")
    return About(subject=str(user_id))


def _notified(kind: str, payload: Mapping[str, Any], notice: Notice) -> Notified:
    """The same key for each repeat: of the meaning, as one payload can be spelled in several ways."""
    what = json.dumps([kind, payload], sort_keys=True).encode()
    return Notified(hashlib.sha256(what).hexdigest(), (notice,))
