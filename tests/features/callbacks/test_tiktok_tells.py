"""TikTok tells that an authorization was removed, and why, signed with the client secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from server.services.callbacks.notices import work_off_callbacks
from support.deliveries import Answer, Links, deliver, links_at
from support.server import Server

LINKED = ("LINKED", None)


def event_of(links: Links, subject: str = "mara", reason: Any = 1, **changes: Any) -> bytes:
    """The event as TikTok writes it: the content is JSON inside a string."""
    return json.dumps(
        {
            "client_key": links.app("tiktok")[0],
            "event": "authorization.removed",
            "create_time": int(links.server.host.now().timestamp()),
            "user_openid": subject,
            "content": json.dumps({"reason": reason}),
            **changes,
        }
    ).encode()


def signature(links: Links, body: bytes, *, secret: str | None = None, age: int = 0) -> str:
    """The header beside a body that was sent *age* seconds ago."""
    sent_at = int(links.server.host.now().timestamp()) - age
    key = (links.app("tiktok")[1] if secret is None else secret).encode()
    return f"t={sent_at},s={hmac.new(key, f'{sent_at}.'.encode() + body, hashlib.sha256).hexdigest()}"


async def post(links: Links, body: bytes, header: str | None) -> Answer:
    """One delivery."""
    headers = {"Content-Type": "application/json"} | ({"TikTok-Signature": header} if header else {})
    return await deliver(links.server, "tiktok/webhook", body, headers=headers)


async def tell(links: Links, body: bytes) -> Answer:
    """A genuine delivery, worked off."""
    answer = await post(links, body, signature(links, body))
    await work_off_callbacks(links.server.host)
    return answer


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        (0, "ACCESS_REVOKED"),
        (1, "ACCESS_REVOKED"),
        (2, "ACCOUNT_GONE"),
        (3, "ACTION_REQUIRED"),
        (4, "ACCOUNT_GONE"),
        (5, "ACCESS_REVOKED"),
        (99, "ACCESS_REVOKED"),
        ("new", "ACCESS_REVOKED"),
    ],
)
async def test_a_removed_authorization_ends_the_link_with_tiktoks_reason(
    server: Server, reason: Any, meaning: str
) -> None:
    links = await links_at("tiktok", server)
    account, other = await links.link(), await links.link("dina")

    answer = await tell(links, event_of(links, reason=reason))

    assert answer.status == 200
    assert await links.standing(account) == ("INVALID", meaning)
    assert await links.standing(other) == LINKED
    assert len(await server.sealed_tokens()) == 1


@pytest.mark.parametrize("event", ["video.publish.completed", "portability.download.ready", "something.new"])
async def test_events_of_another_kind_are_acknowledged(server: Server, event: str) -> None:
    links = await links_at("tiktok", server)
    account = await links.link()

    answer = await tell(links, event_of(links, event=event))

    assert answer.status == 200 and await links.standing(account) == LINKED


async def test_a_repeat_that_was_signed_anew_is_the_same_event(server: Server) -> None:
    """TikTok gives its events no id, and repeats for three days."""
    links = await links_at("tiktok", server)
    body = event_of(links)
    await tell(links, body)
    again = await links.link()

    answer = await post(links, body, signature(links, body, age=7))
    await work_off_callbacks(server.host)

    assert answer.status == 200 and await links.standing(again) == LINKED
    [row] = await links.deliveries()
    assert row["repeats"] == 1


async def test_an_event_from_before_the_newest_consent_ends_nothing(server: Server) -> None:
    links = await links_at("tiktok", server)
    account = await links.link()
    created_at = int(server.host.now().timestamp()) - 86400

    await tell(links, event_of(links, create_time=created_at))

    assert await links.standing(account) == LINKED
    assert await links.column(account, "probe_at") <= server.host.now()


async def test_a_forged_event_is_refused_whatever_is_wrong_with_it(server: Server) -> None:
    links = await links_at("tiktok", server)
    account, body = await links.link(), event_of(links)
    good = signature(links, body)
    foreign = event_of(links, client_key="another app")
    forged: dict[str, tuple[bytes, str | None]] = {
        "unsigned": (body, None),
        "another app's secret": (body, signature(links, body, secret=links.app("facebook")[1])),
        "an empty secret": (body, signature(links, body, secret="")),
        "a body that was exchanged": (event_of(links, "dina"), good),
        "stale": (body, signature(links, body, age=301)),
        "from the future": (body, signature(links, body, age=-301)),
        "a time that was exchanged": (body, good.replace("t=", "t=1")),
        "without its time": (body, good.partition(",")[2]),
        "another app's event": (foreign, signature(links, foreign)),
        "no JSON": (b"{", signature(links, b"{")),
    }

    answers = {name: await post(links, *what) for name, what in forged.items()}
    await work_off_callbacks(server.host)

    assert [name for name, answer in answers.items() if not 400 <= answer.status < 500] == []
    assert await links.deliveries() == [] and await links.standing(account) == LINKED
