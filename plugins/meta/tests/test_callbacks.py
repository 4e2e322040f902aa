"""Signed requests: the person removed the app, or wants their data deleted (meta sheet 7 and 9)."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from linkroll_meta.callbacks import DataDeletion, Deauthorize
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
    Receipt,
)

ISSUED = 1779000000
NOW = datetime.fromtimestamp(ISSUED, UTC) + timedelta(minutes=2)
PAYLOAD: dict[str, Any] = {"algorithm": "HMAC-SHA256", "issued_at": ISSUED, "user_id": "102030405060708"}


class NoDocuments(Documents):
    """These callbacks need none."""

    async def json(self, url: str, *, fresh: bool = False) -> Any:
        raise AssertionError(url)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(payload: object = PAYLOAD, secret: str = "app-secret", indent: int | None = None) -> str:
    """The signed request over *payload*, as Meta makes it."""
    part = encoded(json.dumps(payload, indent=indent).encode())
    return f"{encoded(hmac.new(secret.encode(), part.encode(), hashlib.sha256).digest())}.{part}"


GENUINE = urlencode({"signed_request": signed()}).encode()


def delivery(signed_request: str, at: datetime = NOW) -> Delivery:
    body = urlencode({"signed_request": signed_request}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Delivery("POST", {}, headers, body, received_at=at)


DEAUTHORIZE, DATA_DELETION = Deauthorize("Enter it here."), DataDeletion("Enter it there.")
CALLBACKS = pytest.mark.parametrize("callback", [DEAUTHORIZE, DATA_DELETION], ids=lambda c: c.key)


@pytest.fixture
def app() -> ClientConfig:
    return ClientConfig("987654321012345", "app-secret")


def test_the_operator_is_told_where_to_enter_them() -> None:
    assert (DEAUTHORIZE.about, DATA_DELETION.about) == ("Enter it here.", "Enter it there.")


async def test_removing_the_app_ends_every_grant_of_the_person(app: ClientConfig) -> None:
    notified = await DEAUTHORIZE.read(delivery(signed()), app, NoDocuments())

    assert notified.notices == (
        GrantEnded(
            About(subject="102030405060708"),
            InvalidReason.ACCESS_REVOKED,
            "deauthorize",
            datetime.fromtimestamp(ISSUED, UTC),
        ),
    )


async def test_a_deletion_request_names_the_person(app: ClientConfig) -> None:
    notified = await DATA_DELETION.read(delivery(signed()), app, NoDocuments())

    assert notified.notices == (
        DeletionRequested(
            About(subject="102030405060708"), "data_deletion", datetime.fromtimestamp(ISSUED, UTC)
        ),
    )


def test_a_deletion_request_is_answered_with_a_page_and_a_code() -> None:
    reply = DATA_DELETION.reply(Receipt("9f2c", "https://linkroll.example/deletion/9f2c"))

    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {
        "url": "https://linkroll.example/deletion/9f2c",
        "confirmation_code": "9f2c",
    }


@CALLBACKS
async def test_a_repeat_has_the_same_key_however_it_is_spelled(callback: Callback, app: ClientConfig) -> None:
    first = await callback.read(delivery(signed()), app, NoDocuments())
    repeat = await callback.read(delivery(signed(indent=1), NOW + timedelta(hours=1)), app, NoDocuments())
    other = await callback.read(delivery(signed(PAYLOAD | {"user_id": "1"})), app, NoDocuments())

    assert first.key == repeat.key != other.key


async def test_the_two_callbacks_never_share_a_key(app: ClientConfig) -> None:
    removed = await DEAUTHORIZE.read(delivery(signed()), app, NoDocuments())
    deletion = await DATA_DELETION.read(delivery(signed()), app, NoDocuments())

    assert removed.key != deletion.key


@CALLBACKS
@pytest.mark.parametrize(
    ("text", "status"),
    [
        (signed(secret="another"), 403),
        (signed().partition(".")[0] + "." + signed(PAYLOAD | {"user_id": "1"}).partition(".")[2], 403),
        ("." + signed().partition(".")[2], 403),
        (signed().partition(".")[0], 403),
        ("", 400),
        ("!!!.???", 400),
        ("é.é", 400),
        (signed(["a list"]), 400),
        (signed(PAYLOAD | {"algorithm": "none"}), 400),
        (signed(PAYLOAD | {"algorithm": None}), 400),
        (signed(PAYLOAD | {"issued_at": None}), 400),
        (signed(PAYLOAD | {"issued_at": True}), 400),
        (signed(PAYLOAD | {"issued_at": 10**30}), 400),
        (signed(PAYLOAD | {"user_id": ""}), 400),
        (signed(PAYLOAD | {"user_id": None}), 400),
        (signed(PAYLOAD | {"user_id": True}), 400),
    ],
    ids=[
        "another secret",
        "another payload",
        "no signature",
        "no payload",
        "empty",
        "no base64",
        "no ascii",
        "no object",
        "algorithm none",
        "no algorithm",
        "no time",
        "odd time",
        "impossible time",
        "empty person",
        "no person",
        "odd person",
    ],
)
async def test_what_is_not_genuine_is_rejected(
    callback: Callback, app: ClientConfig, text: str, status: int
) -> None:
    with pytest.raises(CallbackRejected) as caught:
        await callback.read(delivery(text), app, NoDocuments())

    assert caught.value.status == status


@CALLBACKS
@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", GENUINE + b"&" + GENUINE, b"a=1&" * 50 + GENUINE, b"{}"],
    ids=["empty", "no text", "twice", "many fields", "json"],
)
async def test_a_body_that_is_no_such_form_is_rejected(
    callback: Callback, app: ClientConfig, body: bytes
) -> None:
    with pytest.raises(CallbackRejected):
        await callback.read(Delivery("POST", {}, {}, body, received_at=NOW), app, NoDocuments())


@CALLBACKS
async def test_an_old_copy_is_rejected(callback: Callback, app: ClientConfig) -> None:
    await callback.read(delivery(signed(), NOW + timedelta(hours=23)), app, NoDocuments())

    with pytest.raises(CallbackRejected, match="too old"):
        await callback.read(delivery(signed(), NOW + timedelta(hours=24)), app, NoDocuments())


@CALLBACKS
async def test_without_a_secret_nobody_is_believed(callback: Callback) -> None:
    """Anybody can sign with an empty secret."""
    with pytest.raises(CallbackRejected) as caught:
        await callback.read(delivery(signed(secret="")), ClientConfig("id", ""), NoDocuments())

    assert caught.value.status == 503


@CALLBACKS
def test_there_is_no_challenge_here(callback: Callback, app: ClientConfig) -> None:
    with pytest.raises(CallbackRejected):
        callback.answer_challenge({"hub.mode": "subscribe", "hub.challenge": "1"}, app)
