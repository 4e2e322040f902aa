"""
Meta's `signed_request`: who is meant, signed with the app's secret (meta sheet 7, confirmed).

Signature and payload are each base64 for URLs without padding, joined by a dot; the signature is over the
payload as it was sent, not over what it means.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from linkroll_sdk import CallbackRejected, ClientConfig, Delivery

MAX_AGE = timedelta(days=1)
"""How old a signed request may be (meta sheet 7: others allow a day)."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A genuine one: the person by the app-scoped id, when it was signed (aware UTC), and all it says."""

    user_id: str
    issued_at: datetime
    payload: dict[str, Any]


def read_signed_request(delivery: Delivery, client: ClientConfig) -> SignedRequest:
    """The genuine and fresh signed request in a form. Raises `CallbackRejected`."""
    signature, _, encoded = _field(delivery).partition(".")
    check_secret(client)
    expected = hmac.new(client.client_secret.encode(), encoded.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(_decoded(signature), expected):
        raise CallbackRejected("wrong signature", 403)
    payload = read_object(_decoded(encoded))
    if str(payload.get("algorithm")).upper() != "HMAC-SHA256":
        raise CallbackRejected("unknown algorithm")
    issued_at = _issued_at(payload)
    if delivery.received_at - issued_at > MAX_AGE:
        raise CallbackRejected("too old")
    return SignedRequest(_user_id(payload), issued_at, payload)


def check_secret(client: ClientConfig) -> None:
    """Refuse everything while there is no secret: anybody can sign with an empty one."""
    if not client.client_secret:
        raise CallbackRejected("no app secret is set", 503)


def read_object(body: bytes) -> dict[str, Any]:
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


def _issued_at(payload: dict[str, Any]) -> datetime:
    seconds = payload.get("issued_at")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise CallbackRejected("no time of issue")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CallbackRejected("no time of issue") from error


def _user_id(payload: dict[str, Any]) -> str:
    user_id = payload.get("user_id")
    if isinstance(user_id, bool) or not isinstance(user_id, (str, int)) or user_id == "":
        raise CallbackRejected("no user id")
    return str(user_id)
