"""What TikTok tells on its own. Deliveries: tiktok sheet 6, values invented."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    About,
    Acknowledged,
    CallbackRejected,
    ClientConfig,
    Delivery,
    GrantEnded,
    InvalidReason,
    Notified,
    Receipt,
    Reply,
)

from linkroll_tiktok.callbacks import TikTokWebhook

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPEN_ID = "-000mK3xExampleOpenId91"
SECRET = "the client's secret & more"
REMOVED: dict[str, Any] = {
    "client_key": "sbaw1example",
    "event": "authorization.removed",
    "create_time": int(NOW.timestamp()) - 2,
    "user_openid": OPEN_ID,
    "content": '{"reason":1}',
}


class NoDocuments:
    """TikTok's events are signed with a shared secret: nothing is ever fetched."""

    async def json(self, url: str, *, fresh: bool = False) -> Any:
        raise AssertionError(f"asked for {url}")


def signature(body: bytes, sent_at: datetime = NOW, secret: str = SECRET) -> str:
    seconds = int(sent_at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},s={digest}"


def delivery(body: bytes, header: str | None = None, method: str = "POST") -> Delivery:
    """A genuine delivery of *body*, unless *header* says otherwise."""
    headers = {"tiktok-signature": signature(body) if header is None else header}
    return Delivery(method, {}, headers, body, received_at=NOW)


def event(**changes: object) -> bytes:
    """The removal with *changes*; a field set to None is left out."""
    fields = {name: value for name, value in (REMOVED | changes).items() if value is not None}
    return json.dumps(fields).encode()


async def read(client: ClientConfig, arrived: Delivery) -> Notified:
    return await TikTokWebhook().read(arrived, client, NoDocuments())


# What it says


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (0, InvalidReason.ACCESS_REVOKED),
        (1, InvalidReason.ACCESS_REVOKED),
        (2, InvalidReason.ACCOUNT_GONE),
        (3, InvalidReason.ACTION_REQUIRED),
        (4, InvalidReason.ACCOUNT_GONE),
        (5, InvalidReason.ACCESS_REVOKED),
        (6, InvalidReason.ACCESS_REVOKED),
    ],
    ids=["unknown", "disconnected", "deleted", "age changed", "banned", "developer revoked", "a new one"],
)
async def test_a_removed_authorization_ends_the_grant_for_its_reason(
    client: ClientConfig, number: int, reason: InvalidReason
) -> None:
    notified = await read(client, delivery(event(content=f'{{"reason":{number}}}')))

    assert notified.notices == (
        GrantEnded(
            About(subject=OPEN_ID),
            reason,
            f"authorization.removed/{number}",
            at=NOW - timedelta(seconds=2),
        ),
    )


@pytest.mark.parametrize(
    "content", [None, "", "reason 1", "\ud800", "[1]", "{}", '{"reason":null}', "[" * 100_000, 5]
)
async def test_a_removal_whose_reason_cannot_be_read_is_still_a_removal(
    client: ClientConfig, content: object
) -> None:
    (notice,) = (await read(client, delivery(event(content=content)))).notices

    assert isinstance(notice, GrantEnded)
    assert (notice.reason, notice.code) == (
        InvalidReason.ACCESS_REVOKED,
        "authorization.removed/unreadable",
    )


@pytest.mark.parametrize("hours", [0, 72])
async def test_a_removal_tells_when_it_happened(client: ClientConfig, hours: int) -> None:
    """TikTok repeats for three days, in which the person may have connected again."""
    happened_at = NOW - timedelta(hours=hours)

    (notice,) = (await read(client, delivery(event(create_time=int(happened_at.timestamp()))))).notices

    assert isinstance(notice, GrantEnded)
    assert notice.at == happened_at


@pytest.mark.parametrize("created", [None, 0, -1, "soon", 10**15, True], ids=repr)
async def test_a_removal_without_a_readable_time_is_still_one(client: ClientConfig, created: object) -> None:
    (notice,) = (await read(client, delivery(event(create_time=created)))).notices

    assert isinstance(notice, GrantEnded)
    assert notice.at is None


@pytest.mark.parametrize("open_id", [None, "", 5, ["x"]], ids=repr)
async def test_a_removal_that_names_nobody_is_about_nobody(client: ClientConfig, open_id: object) -> None:
    """A notice without a subject would be about everybody."""
    notified = await read(client, delivery(event(user_openid=open_id)))

    assert notified.notices == (Acknowledged("authorization.removed"),)


@pytest.mark.parametrize(
    "name",
    [
        "video.upload.failed",
        "video.publish.completed",
        "portability.download.ready",
        "post.publish.complete",
        "something.new",
    ],
)
async def test_other_events_are_acknowledged_and_nothing_more(client: ClientConfig, name: str) -> None:
    notified = await read(client, delivery(event(event=name)))

    assert notified.notices == (Acknowledged(name),)


@pytest.mark.parametrize("name", [None, 5, "with spaces", "x" * 65, "line\nbreak"], ids=repr)
async def test_an_event_that_is_no_word_is_not_repeated(client: ClientConfig, name: object) -> None:
    notified = await read(client, delivery(event(event=name)))

    assert notified.notices == (Acknowledged("unreadable"),)


# Repeats


async def test_a_repeat_signed_anew_has_the_same_key(client: ClientConfig) -> None:
    body = event()
    later = Delivery(
        "POST",
        {},
        {"tiktok-signature": signature(body, NOW + timedelta(hours=1))},
        body,
        received_at=NOW + timedelta(hours=1),
    )

    assert (await read(client, delivery(body))).key == (await read(client, later)).key


@pytest.mark.parametrize(
    "change",
    [{"user_openid": "-000other"}, {"event": "video.publish.completed"}, {"create_time": 1763790001}],
    ids=["person", "event", "second"],
)
async def test_another_event_has_another_key(client: ClientConfig, change: dict[str, object]) -> None:
    first, second = await read(client, delivery(event())), await read(client, delivery(event(**change)))

    assert first.key != second.key
    assert len(second.key) <= 100


# Who says it


async def test_a_signature_may_be_in_capitals_and_spaced(client: ClientConfig) -> None:
    body = event()
    seconds, _, digest = signature(body).partition(",s=")

    assert await read(client, delivery(body, f" {seconds}, s={digest.upper()} "))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,s=",
        f"t={int(NOW.timestamp())}",
        f"s={'a' * 64}",
        f"t={int(NOW.timestamp())},s={'a' * 63}",
        f"t=-1,s={'a' * 64}",
        f"t={'9' * 400},s={'a' * 64}",
        f"t={int(NOW.timestamp())},s={'é' * 64}",
    ],
)
async def test_a_header_that_is_no_signature_is_refused(client: ClientConfig, header: str) -> None:
    with pytest.raises(CallbackRejected) as caught:
        await read(client, delivery(event(), header))

    assert caught.value.code == "no TikTok-Signature"


async def test_a_delivery_without_the_header_is_refused(client: ClientConfig) -> None:
    with pytest.raises(CallbackRejected):
        await read(client, Delivery("POST", {}, {}, event(), received_at=NOW))


@pytest.mark.parametrize(
    "header",
    [
        signature(event(), secret="another secret"),
        signature(event() + b" "),
        signature(event(), NOW - timedelta(seconds=1)).replace(
            str(int(NOW.timestamp()) - 1), str(int(NOW.timestamp()))
        ),
        f"t={int(NOW.timestamp())},s={'0' * 64}",
    ],
    ids=["another secret", "another body", "another time", "a guess"],
)
async def test_a_signature_of_something_else_is_refused(client: ClientConfig, header: str) -> None:
    with pytest.raises(CallbackRejected) as caught:
        await read(client, delivery(event(), header))

    assert (caught.value.code, caught.value.status) == ("wrong signature", 401)


@pytest.mark.parametrize("seconds", [-301, 301], ids=["old", "from the future"])
async def test_a_stale_signature_is_refused(client: ClientConfig, seconds: int) -> None:
    body = event()

    with pytest.raises(CallbackRejected) as caught:
        await read(client, delivery(body, signature(body, NOW + timedelta(seconds=seconds))))

    assert caught.value.code == "stale signature"


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_a_signature_of_the_last_minutes_is_taken(client: ClientConfig, seconds: int) -> None:
    body = event()

    assert await read(client, delivery(body, signature(body, NOW + timedelta(seconds=seconds))))


@pytest.mark.parametrize("key", ["sbaw2other", None, 5], ids=repr)
async def test_another_apps_event_is_refused(client: ClientConfig, key: object) -> None:
    with pytest.raises(CallbackRejected) as caught:
        await read(client, delivery(event(client_key=key)))

    assert caught.value.status == 403


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff", b"[" * 200_000, b"t=1"], ids=len)
async def test_a_signed_body_that_is_no_event_is_refused(client: ClientConfig, body: bytes) -> None:
    with pytest.raises(CallbackRejected):
        await read(client, delivery(body))


async def test_an_app_without_a_secret_believes_nobody() -> None:
    """Anybody can sign with an empty key."""
    body = event()

    with pytest.raises(CallbackRejected):
        await read(ClientConfig("sbaw1example", ""), delivery(body, signature(body, secret="")))


async def test_only_a_post_delivers(client: ClientConfig) -> None:
    with pytest.raises(CallbackRejected):
        await read(client, delivery(event(), method="GET"))


def test_tiktok_sends_no_challenge_and_wants_a_plain_200(client: ClientConfig) -> None:
    webhook = TikTokWebhook()

    with pytest.raises(CallbackRejected):
        webhook.answer_challenge({"challenge": "x"}, client)
    assert webhook.reply(Receipt("x", "https://linkroll.example/x")) == Reply(200)
