"""Signed requests arrive under Instagram's own secret. What they say, and what is refused: linkroll-meta's tests."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from linkroll_sdk import (
    About,
    Callback,
    CallbackRejected,
    ClientConfig,
    DeletionRequested,
    Delivery,
    Documents,
    GrantEnded,
    Receipt,
)

from linkroll_instagram.callbacks import DATA_DELETION, DEAUTHORIZE
from linkroll_instagram.oauth import InstagramLogin

ISSUED = 1779000000
NOW = datetime.fromtimestamp(ISSUED, UTC) + timedelta(minutes=2)
PERSON = "26040011223344556"

CALLBACKS = pytest.mark.parametrize("callback", [DEAUTHORIZE, DATA_DELETION], ids=lambda c: c.key)


class NoDocuments(Documents):
    """These callbacks need none."""

    async def json(self, url: str, *, fresh: bool = False) -> Any:
        raise AssertionError(url)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def delivery(secret: str) -> Delivery:
    """A signed request about `PERSON`, as Instagram makes it for the app with this secret."""
    payload = {"algorithm": "HMAC-SHA256", "issued_at": ISSUED, "user_id": PERSON}
    part = encoded(json.dumps(payload).encode())
    signature = encoded(hmac.new(secret.encode(), part.encode(), hashlib.sha256).digest())
    body = urlencode({"signed_request": f"{signature}.{part}"}).encode()
    return Delivery("POST", {}, {}, body, received_at=NOW)


def test_the_login_takes_them(login: InstagramLogin) -> None:
    assert {DEAUTHORIZE, DATA_DELETION} <= set(login.callbacks)
    assert len({callback.key for callback in login.callbacks}) == len(login.callbacks)


@CALLBACKS
def test_the_operator_is_told_where_at_instagram(callback: Callback) -> None:
    assert "Instagram > Business login settings" in callback.about


async def test_removing_the_app_ends_every_grant_of_the_person(app: ClientConfig) -> None:
    notified = await DEAUTHORIZE.read(delivery(app.client_secret), app, NoDocuments())

    [notice] = notified.notices
    assert isinstance(notice, GrantEnded) and notice.about == About(subject=PERSON)


async def test_a_deletion_request_names_the_person(app: ClientConfig) -> None:
    notified = await DATA_DELETION.read(delivery(app.client_secret), app, NoDocuments())

    [notice] = notified.notices
    assert isinstance(notice, DeletionRequested) and notice.about == About(subject=PERSON)


def test_a_deletion_request_is_answered_with_a_page_and_a_code() -> None:
    reply = DATA_DELETION.reply(Receipt("9f2c", "https://linkroll.example/deletion/9f2c"))

    assert json.loads(reply.body)["confirmation_code"] == "9f2c"


@CALLBACKS
async def test_what_another_app_signed_is_rejected(callback: Callback, app: ClientConfig) -> None:
    """The Facebook app around it has a secret of its own."""
    with pytest.raises(CallbackRejected) as caught:
        await callback.read(delivery("another-secret"), app, NoDocuments())

    assert caught.value.status == 403


@CALLBACKS
async def test_without_a_secret_nobody_is_believed(callback: Callback) -> None:
    with pytest.raises(CallbackRejected) as caught:
        await callback.read(delivery(""), ClientConfig("id", ""), NoDocuments())

    assert caught.value.status == 503
