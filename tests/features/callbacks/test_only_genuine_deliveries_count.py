"""A delivery counts when the platform signed it for this app; anything else is refused without a reason."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from linkroll_sdk import CallbackRejected, Notified, PlatformUnavailable
from structlog.testing import capture_logs

from support.chirp import ChirpCallback, ChirpLogin, chirps_signature, serve_chirp
from support.deliveries import Chirp, deliver, ended
from support.server import StartServer

SIGNED = {"Chirp-Signature": chirps_signature("secret", b"{}")}


class Misbehaving(ChirpCallback):
    """Answers a delivery with what it is told to, or raises it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    async def read(self, *_: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class MisbehavingLogin(ChirpLogin):
    """Has that callback."""

    def __init__(self, answer: object) -> None:
        self.callbacks = (Misbehaving(answer),)


async def status_for(answer: object, start_server: StartServer) -> int:
    """What a delivery is answered where the plugin answers *answer*."""
    server = await serve_chirp(MisbehavingLogin(answer), start_server)
    return (await deliver(server, "chirp/events", b"{}", headers=SIGNED)).status


# The address


@pytest.mark.parametrize("address", ["nobody/events", "chirp/nothing", "chirp/events/more", "tiktok/webhook"])
async def test_an_address_where_nobody_listens_is_not_found(chirp: Chirp, address: str) -> None:
    assert (await deliver(chirp.server, address, b"{}", headers=SIGNED)).status == 404


async def test_a_login_without_an_app_of_the_operator_is_not_found(start_server: StartServer) -> None:
    """Anybody can sign with an empty secret."""
    server = await serve_chirp(ChirpLogin(), start_server, logins={})

    answer = await deliver(
        server, "chirp/events", b"{}", headers={"Chirp-Signature": chirps_signature("", b"{}")}
    )

    assert answer.status == 404 and json.loads(answer.text) == {"error": "There is no such callback."}


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(chirp: Chirp, method: str) -> None:
    assert (await deliver(chirp.server, "chirp/events", b"{}", headers=SIGNED, method=method)).status == 405


async def test_a_platforms_challenge_is_echoed_as_plain_text(chirp: Chirp) -> None:
    answer = await deliver(chirp.server, "chirp/events?for=id&challenge=%3Cb%3E", method="GET")

    assert (answer.status, answer.text) == (200, "<b>")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "status"),
    [("for=another&challenge=1", 403), ("for=id&for=id&challenge=1", 400), ("for=id", 500)],
    ids=["another app's", "repeated", "incomplete"],
)
async def test_a_wrong_challenge_is_not_echoed(chirp: Chirp, query: str, status: int) -> None:
    answer = await deliver(chirp.server, f"chirp/events?{query}", method="GET")

    assert answer.status == status and "1" not in answer.text


# The delivery


@pytest.mark.parametrize(
    "headers",
    [{}, {"Chirp-Signature": ""}, {"Chirp-Signature": chirps_signature("another secret", b"{}")}],
    ids=["unsigned", "empty", "another app's"],
)
async def test_what_is_not_signed_by_the_platform_is_refused_and_not_filed(
    chirp: Chirp, headers: dict[str, str]
) -> None:
    answer = await deliver(chirp.server, "chirp/events", b"{}", headers=headers)

    assert answer.status == 400 and json.loads(answer.text) == {"error": "Refused."}
    assert await chirp.deliveries() == []


async def test_a_body_that_was_changed_on_the_way_is_refused(chirp: Chirp) -> None:
    answer = await deliver(chirp.server, "chirp/events", b"{ }", headers=SIGNED)

    assert answer.status == 400


async def test_a_refusal_is_logged_with_its_reason_and_without_content(chirp: Chirp) -> None:
    with capture_logs() as lines:
        await deliver(chirp.server, "chirp/events", b"about somebody", headers={"Chirp-Signature": "forged"})

    [line] = [line for line in lines if line["event"] == "callback refused"]
    assert (line["login"], line["callback"], line["code"]) == ("chirp", "events", "wrong signature")
    assert "somebody" not in str(lines) and "forged" not in str(lines)


async def test_a_body_over_the_limit_is_refused(chirp: Chirp) -> None:
    body = b" " * (1024 * 1024 + 1)
    signed = {"Chirp-Signature": chirps_signature("secret", body)}

    answer = await deliver(chirp.server, "chirp/events", io.BytesIO(body), headers=signed)

    assert answer.status == 413


async def test_a_body_over_the_limit_that_does_not_say_its_length_is_refused(chirp: Chirp) -> None:
    """It is cut off, so its signature cannot fit any more."""
    part = b" " * 65536
    signed = {"Chirp-Signature": chirps_signature("secret", 17 * part)}

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield part

    answer = await deliver(chirp.server, "chirp/events", parts(), headers=signed)

    assert answer.status == 400


# A plugin in trouble


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (CallbackRejected("teapot", 401), 401),
        (CallbackRejected("no secret is set", 503), 503),
        (CallbackRejected("moved", 302), 400),
        (PlatformUnavailable("the keys cannot be had"), 503),
        (RuntimeError("secret words"), 500),
        (None, 500),
        (Notified("", ()), 500),
        (Notified("1", ("not a notice",)), 500),  # type: ignore[arg-type]
        (Notified("1", None), 500),  # type: ignore[arg-type]
        (Notified("\ud800", ()), 500),
    ],
    ids=[
        "refused",
        "refused with 5xx",
        "refused with 3xx",
        "keys out of reach",
        "raises",
        "nothing",
        "no key",
        "a text for a notice",
        "no notices",
        "a key that is no text",
    ],
)
async def test_a_delivery_that_the_plugin_cannot_read_is_answered_with_a_status_that_says_whose_fault_it_is(
    start_server: StartServer, answer: object, status: int
) -> None:
    """5xx asks the platform to deliver again."""
    assert await status_for(answer, start_server) == status


async def test_a_text_that_no_database_takes_is_refused_before_it_is_filed(chirp: Chirp) -> None:
    answer = await chirp.deliver(ended("nul \x00 inside"))

    assert answer.status == 500
    assert await chirp.deliveries() == []
