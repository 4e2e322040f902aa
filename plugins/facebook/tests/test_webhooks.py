"""The webhook: its challenge, its signature, and the last numbers of a story (meta sheet 7 and 9)."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from linkroll_sdk import (
    About,
    Acknowledged,
    Availability,
    CallbackRejected,
    ClientConfig,
    Delivery,
    Documents,
    FinalReadings,
    MetricName,
    Notified,
    Reading,
)

from linkroll_facebook.webhooks import Webhook

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
IG_ID = "17841400000000123"
CHALLENGE = {"hub.mode": "subscribe", "hub.verify_token": "our-word", "hub.challenge": "1158201444"}
STORY: dict[str, Any] = {
    "media_id": "18000000000000021",
    "impressions": 231,
    "reach": 204,
    "taps_forward": 120,
    "taps_back": 9,
    "exits": 33,
    "replies": 2,
}
SUPPORTED, WITHHELD = Availability.SUPPORTED, Availability.WITHHELD


class NoDocuments(Documents):
    """The webhook needs none."""

    async def json(self, url: str, *, fresh: bool = False) -> Any:
        raise AssertionError(url)


@pytest.fixture
def app() -> ClientConfig:
    return ClientConfig("987654321012345", "app-secret", {"webhook_verify_token": "our-word"})


def told(*values: dict[str, Any], field: str = "story_insights") -> bytes:
    changes = [{"field": field, "value": value} for value in values]
    return json.dumps(
        {"object": "instagram", "entry": [{"id": IG_ID, "time": 1779000000, "changes": changes}]}
    ).encode()


def delivery(body: bytes, secret: str = "app-secret") -> Delivery:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Delivery("POST", {}, {"x-hub-signature-256": f"sha256={signature}"}, body, received_at=NOW)


async def read(app: ClientConfig, body: bytes) -> Notified:
    return await Webhook().read(delivery(body), app, NoDocuments())


def test_the_challenge_is_echoed_bare_to_who_knows_the_word(app: ClientConfig) -> None:
    reply = Webhook().answer_challenge(CHALLENGE, app)

    assert (reply.status, reply.body, reply.content_type) == (200, b"1158201444", "text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "another"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "our-wörd"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
    ],
)
def test_any_other_challenge_is_refused(app: ClientConfig, change: dict[str, str]) -> None:
    with pytest.raises(CallbackRejected):
        Webhook().answer_challenge(CHALLENGE | change, app)


def test_without_a_word_of_the_operators_every_challenge_is_refused() -> None:
    with pytest.raises(CallbackRejected):
        Webhook().answer_challenge(CHALLENGE | {"hub.verify_token": ""}, ClientConfig("id", "secret"))


async def test_the_last_numbers_of_a_story_are_its_accounts(app: ClientConfig) -> None:
    notified = await read(app, told(STORY))

    assert notified.notices == (
        FinalReadings(
            About(platform_id=IG_ID),
            "18000000000000021",
            (
                Reading(MetricName.IMPRESSIONS, "impressions", SUPPORTED, 231),
                Reading(MetricName.REACH, "reach", SUPPORTED, 204),
                Reading(MetricName.REPLIES, "replies", SUPPORTED, 2),
            ),
            "webhook",
        ),
    )


async def test_a_count_that_is_held_back_is_no_number(app: ClientConfig) -> None:
    value = STORY | {"reach": -1, "replies": None, "impressions": 3}
    [notice] = (await read(app, told(value))).notices

    assert isinstance(notice, FinalReadings)
    assert {r.metric: (r.availability, r.value) for r in notice.readings} == {
        MetricName.IMPRESSIONS: (SUPPORTED, 3),
        MetricName.REACH: (WITHHELD, None),
    }


async def test_each_story_of_a_batch_has_a_notice(app: ClientConfig) -> None:
    notified = await read(app, told(STORY, STORY | {"media_id": "18000000000000022"}, STORY))

    assert [n.post_id for n in notified.notices if isinstance(n, FinalReadings)] == [
        "18000000000000021",
        "18000000000000022",
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (told({"id": "1"}, field="mentions"), "instagram.mentions"),
        (told({"id": "1"}, field="mentions\nforged"), "instagram.unknown"),
        (told({"reach": 5}), "instagram.story_insights"),
        (b'{"object":"page","entry":[{"id":"1","changes":[{"field":"feed"}]}]}', "page.feed"),
        (b'{"object":"instagram","entry":[]}', "empty"),
        (b'{"object":"instagram","entry":[5,{"changes":[5]},{"changes":5}]}', "empty"),
        (b"{}", "empty"),
    ],
)
async def test_what_linkroll_does_not_read_is_acknowledged(app: ClientConfig, body: bytes, code: str) -> None:
    assert (await read(app, body)).notices == (Acknowledged(code),)


async def test_a_repeat_has_the_same_key(app: ClientConfig) -> None:
    first, repeat = await read(app, told(STORY)), await read(app, told(STORY))

    assert first.key == repeat.key
    assert first.key != (await read(app, told(STORY | {"reach": 205}))).key


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=é"},
        dict(delivery(told(STORY), "another").headers),
        dict(delivery(told(STORY | {"reach": 1})).headers),
    ],
    ids=["none", "empty", "no digest", "no ascii", "another secret", "another body"],
)
async def test_a_body_that_the_app_secret_did_not_sign_is_rejected(
    app: ClientConfig, headers: dict[str, str]
) -> None:
    forged = Delivery("POST", {}, headers, told(STORY), received_at=NOW)

    with pytest.raises(CallbackRejected) as caught:
        await Webhook().read(forged, app, NoDocuments())

    assert caught.value.status == 403


async def test_without_a_secret_nobody_is_believed() -> None:
    with pytest.raises(CallbackRejected):
        await Webhook().read(delivery(told(STORY), ""), ClientConfig("id", ""), NoDocuments())


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"\xff", b"[" * 100_000])
async def test_a_signed_body_that_is_no_object_is_rejected(app: ClientConfig, body: bytes) -> None:
    with pytest.raises(CallbackRejected):
        await read(app, body)
