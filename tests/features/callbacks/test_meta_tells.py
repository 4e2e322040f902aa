"""Facebook and Instagram tell of removed apps and requests for deletion, signed with the app's secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from server.ids import row_id
from server.services.callbacks.notices import work_off_callbacks
from server.settings import LoginSettings
from support.deliveries import Answer, Links, deliver, links_at, read_page
from support.server import Server, StartServer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REVOKED = ("INVALID", "ACCESS_REVOKED")

both = pytest.mark.parametrize("platform", ["facebook", "instagram"])


def encoded(part: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed_request(payload: dict[str, Any], secret: str) -> str:
    """A payload as Meta signs it: over what is sent, not over what it means."""
    sent = encoded(json.dumps(payload).encode())
    return f"{encoded(hmac.new(secret.encode(), sent.encode(), hashlib.sha256).digest())}.{sent}"


def payload_of(links: Links, subject: str = "mara", **changes: Any) -> dict[str, Any]:
    """What Meta says about a person now."""
    issued_at = int(links.server.host.now().timestamp())
    return {"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": subject, **changes}


async def post(links: Links, kind: str, *texts: str) -> Answer:
    """A form with those signed requests."""
    form = urlencode([("signed_request", text) for text in texts])
    return await deliver(links.server, f"{links.platform}/{kind}", form, headers=FORM)


async def tell(links: Links, kind: str, payload: dict[str, Any]) -> Answer:
    """A genuine delivery, worked off."""
    answer = await post(links, kind, signed_request(payload, links.app(links.platform)[1]))
    await work_off_callbacks(links.server.host)
    return answer


@both
async def test_a_person_who_removed_the_app_is_no_longer_linked(server: Server, platform: str) -> None:
    links = await links_at(platform, server)
    account, other = await links.link(), await links.link("dina")

    answer = await tell(links, "deauthorize", payload_of(links))

    assert answer.status == 200
    assert await links.standing(account) == REVOKED
    assert await links.standing(other) == ("LINKED", None)
    assert len(await server.sealed_tokens()) == 1


@both
async def test_a_request_for_deletion_is_answered_with_a_code_and_a_page_that_tells_its_state(
    server: Server, platform: str
) -> None:
    links = await links_at(platform, server)
    account = await links.link()

    answer = await tell(links, "data-deletion", payload_of(links))

    told = json.loads(answer.text)
    assert answer.headers["Content-Type"] == "application/json"
    assert told["url"] == f"{server.url}/deletion/{told['confirmation_code']}"
    assert (
        "Your data are being deleted"
        in (await read_page(server, f"/deletion/{told['confirmation_code']}")).text
    )
    assert await links.standing(account) == REVOKED


@both
async def test_a_repeated_request_for_deletion_gets_the_same_code(server: Server, platform: str) -> None:
    links = await links_at(platform, server)
    payload = payload_of(links)

    first, again = [await tell(links, "data-deletion", payload) for _ in range(2)]

    assert first.text == again.text and len(await links.deliveries()) == 1


@both
async def test_a_removal_from_before_the_newest_consent_ends_nothing(server: Server, platform: str) -> None:
    links = await links_at(platform, server)
    issued_at = int(server.host.now().timestamp()) - 3600
    account = await links.link()

    answer = await tell(links, "deauthorize", payload_of(links, issued_at=issued_at))

    assert answer.status == 200
    assert await links.standing(account) == ("LINKED", None)


@both
@pytest.mark.parametrize("kind", ["deauthorize", "data-deletion"])
async def test_a_person_whom_nobody_knows_is_no_error(server: Server, platform: str, kind: str) -> None:
    links = await links_at(platform, server)
    account = await links.link()

    answer = await tell(links, kind, payload_of(links, "nobody"))

    assert answer.status == 200 and await links.standing(account) == ("LINKED", None)


# Forged


def forgeries(links: Links) -> dict[str, list[str]]:
    """Signed requests that are not genuine, each in its own way."""
    secret, payload = links.app(links.platform)[1], payload_of(links)
    other = links.app("tiktok")[1]
    good = signed_request(payload, secret)
    signature, _, sent = good.partition(".")
    day_old = payload["issued_at"] - int(timedelta(days=1, hours=1).total_seconds())
    return {
        "another app's secret": [signed_request(payload, other)],
        "an empty secret": [signed_request(payload, "")],
        "a payload that was exchanged": [
            f"{signature}.{encoded(json.dumps(payload_of(links, 'x')).encode())}"
        ],
        "no signature": [f".{sent}"],
        "half of it": [signature],
        "another algorithm": [signed_request({**payload, "algorithm": "none"}, secret)],
        "too old": [signed_request({**payload, "issued_at": day_old}, secret)],
        "without a time": [signed_request({**payload, "issued_at": None}, secret)],
        "without a person": [signed_request({**payload, "user_id": ""}, secret)],
        "twice": [good, good],
        "not there": [],
        "no base64": ["%%%.%%%"],
    }


@both
@pytest.mark.parametrize("kind", ["deauthorize", "data-deletion"])
async def test_a_forged_request_is_refused_whatever_is_wrong_with_it(
    server: Server, platform: str, kind: str
) -> None:
    links = await links_at(platform, server)
    account = await links.link()

    answers = {name: await post(links, kind, *texts) for name, texts in forgeries(links).items()}
    await work_off_callbacks(server.host)

    accepted = [name for name, answer in answers.items() if not 400 <= answer.status < 500]
    assert accepted == []
    assert await links.deliveries() == [] and await links.standing(account) == ("LINKED", None)


async def test_each_login_has_a_secret_of_its_own(server: Server) -> None:
    links = await links_at("instagram", server)
    account = await links.link()

    answer = await post(links, "deauthorize", signed_request(payload_of(links), links.app("facebook")[1]))

    assert 400 <= answer.status < 500 and await links.standing(account) == ("LINKED", None)


# The webhook


WORD = "a word of the operator's"


async def facebook_with_word(start_server: StartServer, server: Server) -> Server:
    """A server whose operator chose a verify token."""
    client_id, secret = (await links_at("facebook", server)).app("facebook")
    options = {"webhook_verify_token": WORD}
    app = LoginSettings.model_validate({"client_id": client_id, "client_secret": secret, "options": options})
    return await start_server(logins={"facebook": app})


@pytest.mark.parametrize(("word", "status"), [(WORD, 200), ("another", 403)], ids=["right", "wrong"])
async def test_the_address_is_proved_with_the_operators_word(
    start_server: StartServer, server: Server, word: str, status: int
) -> None:
    proved = await facebook_with_word(start_server, server)
    query = urlencode({"hub.mode": "subscribe", "hub.verify_token": word, "hub.challenge": "1158201444"})

    answer = await deliver(proved, f"facebook/webhook?{query}", method="GET")

    assert answer.status == status
    assert (answer.text == "1158201444") is (status == 200)


def story_ended(account_id: str, **value: int) -> bytes:
    """The last numbers of a story, as the webhook brings them."""
    change = {"field": "story_insights", "value": {"media_id": "18000000000000021", **value}}
    return json.dumps(
        {"object": "instagram", "entry": [{"id": account_id, "time": 1, "changes": [change]}]}
    ).encode()


async def test_the_last_numbers_of_a_story_are_kept_as_final(server: Server) -> None:
    links = await links_at("instagram", server)
    account = await links.link(login="facebook")
    await server.host.database.fetch(
        "INSERT INTO post (account_id, platform, platform_post_id, kind, published_at, found_at, seen_at)"
        " VALUES ($1, 'instagram', '18000000000000021', 'STORY', $2, $2, $2)",
        row_id(account, "SocialAccount"),
        server.host.now() - timedelta(hours=23),
    )
    body = story_ended(await links.platform_id(account), reach=204, replies=2)
    signature = hmac.new(links.app("facebook")[1].encode(), body, hashlib.sha256).hexdigest()

    headers = {"X-Hub-Signature-256": f"sha256={signature}"}
    answer = await deliver(server, "facebook/webhook", body, headers=headers)
    await work_off_callbacks(server.host)

    assert answer.status == 200
    rows = await server.host.database.fetch("SELECT metric, value FROM metric_latest")
    assert {row["metric"]: row["value"] for row in rows} == {"REACH": 204, "REPLIES": 2}
    [post_row] = await server.host.database.fetch("SELECT final_at FROM post")
    assert post_row["final_at"] is not None


@pytest.mark.parametrize(
    "header", ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40], ids=["none", "empty", "wrong", "old"]
)
async def test_a_webhook_that_is_not_signed_is_refused(server: Server, header: str) -> None:
    links = await links_at("facebook", server)

    answer = await deliver(
        server, "facebook/webhook", story_ended("1", reach=1), headers={"X-Hub-Signature-256": header}
    )

    assert 400 <= answer.status < 500 and await links.deliveries() == []
