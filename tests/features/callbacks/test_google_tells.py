"""Google's Cross-Account Protection: security events, signed with a key that Google publishes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from joserfc import jws
from joserfc.jwk import RSAKey
from linkroll_sdk import TokenSet

from server.services.callbacks.notices import work_off_callbacks
from support.deliveries import Answer, Links, deliver, links_at
from support.publisher import published
from support.server import StartServer

RISC = "https://schemas.openid.net/secevent/risc/event-type/"
OAUTH = "https://schemas.openid.net/secevent/oauth/event-type/"
ISSUER = "https://accounts.google.com/"
LINKED = ("LINKED", None)
REVOKED = ("INVALID", "ACCESS_REVOKED")
SERIAL = itertools.count(1)

KEYS = {name: RSAKey.generate_key(2048, {"kid": name}) for name in ("first", "second")}


@dataclass
class Google:
    """What Google publishes, and what it signs."""

    links: Links | None = None
    published: list[str] = field(default_factory=lambda: ["first"])
    asked: list[str] = field(default_factory=list)
    is_down: bool = False

    async def answer(self, request: web.Request) -> web.Response:
        """The configuration, and the keys."""
        if not request.path.startswith("/_control/"):
            self.asked.append(request.path)
        if self.is_down:
            raise web.HTTPServiceUnavailable
        if request.path == "/accounts.google.com/.well-known/risc-configuration":
            return web.json_response(
                {"issuer": ISSUER, "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs"}
            )
        if request.path == "/www.googleapis.com/oauth2/v3/certs":
            keys = [KEYS[name].as_dict(private=False, use="sig", alg="RS256") for name in self.published]
            return web.json_response({"keys": keys}, headers={"Cache-Control": "max-age=19845"})
        raise web.HTTPNotFound

    @property
    def at(self) -> Links:
        """The links beside it."""
        assert self.links is not None
        return self.links

    def claims(self, kind: str, event: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A security event token's content."""
        return {
            "iss": ISSUER,
            "aud": self.at.app("google")[0],
            "iat": int(self.at.server.host.now().timestamp()),
            "jti": f"event {next(SERIAL)}",
            "events": {kind: event},
            **changes,
        }

    async def send(
        self,
        claims: dict[str, Any],
        *,
        key: str = "first",
        header: dict[str, Any] | None = None,
        by: Any = None,
    ) -> Answer:
        """A token delivered, and worked off."""
        token = sign(claims, header or {"alg": "RS256", "kid": key}, by or KEYS[key])
        return await self.post(token)

    async def post(self, token: str) -> Answer:
        """A text delivered, and worked off."""
        answer = await deliver(
            self.at.server,
            "google/security-events",
            token,
            headers={"Content-Type": "application/secevent+jwt"},
        )
        await work_off_callbacks(self.at.server.host)
        return answer


def sign(claims: dict[str, Any], header: dict[str, Any], key: Any) -> str:
    """A compact token."""
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=["RS256"])


def mac(claims: dict[str, Any], secret: bytes) -> str:
    """A token whose signature only needs a secret, such as a key that everybody knows."""
    parts = ({"alg": "HS256", "kid": "first"}, claims)
    signed = b".".join(encoded(json.dumps(part).encode()) for part in parts)
    return (signed + b"." + encoded(hmac.new(secret, signed, hashlib.sha256).digest())).decode()


def encoded(part: bytes) -> bytes:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def subject(sub: str = "mara", kind: str = "iss-sub") -> dict[str, Any]:
    """Whom an event is about."""
    return {"subject": {"subject_type": kind, "iss": ISSUER, "sub": sub}}


@pytest_asyncio.fixture
async def google(start_server: StartServer) -> AsyncIterator[Google]:
    """Google, and a server that looks for it there."""
    found = Google()
    async with published(found.answer) as url:
        found.links = await links_at("youtube", await start_server(sandbox_url=url))
        yield found


# What happened


@pytest.mark.parametrize(
    ("kind", "more", "standing", "probed"),
    [
        (f"{OAUTH}tokens-revoked", {}, REVOKED, False),
        (f"{RISC}account-disabled", {"reason": "hijacking"}, ("INVALID", "ACTION_REQUIRED"), False),
        (f"{RISC}account-disabled", {"reason": "bulk-account"}, LINKED, True),
        (f"{RISC}account-disabled", {}, LINKED, True),
        (f"{RISC}account-enabled", {}, LINKED, True),
        (f"{RISC}sessions-revoked", {}, LINKED, True),
        (f"{RISC}account-credential-change-required", {}, LINKED, False),
        (f"{RISC}account-purged", {}, REVOKED, False),
        (f"{RISC}verification", {"state": "hello"}, LINKED, False),
        (f"{RISC}something-new", {}, LINKED, False),
    ],
    ids=lambda value: value.rpartition("/")[2] if isinstance(value, str) else "",
)
async def test_each_event_does_what_it_says_to_the_person_and_to_nobody_else(
    google: Google, kind: str, more: dict[str, Any], standing: tuple[str, str | None], probed: bool
) -> None:
    account, other = await google.at.link(), await google.at.link("dina")
    before = await google.at.column(other, "probe_at")

    answer = await google.send(google.claims(kind, {**subject(), **more}))

    assert answer.status == 202
    assert await google.at.standing(account) == standing
    assert (await google.at.column(account, "probe_at") is not None) is probed
    assert (await google.at.standing(other), await google.at.column(other, "probe_at")) == (LINKED, before)


async def test_an_account_that_is_purged_takes_its_numbers_along(google: Google) -> None:
    await google.at.link()

    await google.send(google.claims(f"{RISC}account-purged", subject()))

    assert list((await google.at.purges()).values()) == ["DELETION_REQUESTED"]


async def test_a_person_told_of_by_the_claims_of_an_id_token_is_found(google: Google) -> None:
    account = await google.at.link()

    await google.send(google.claims(f"{OAUTH}tokens-revoked", subject(kind="id_token_claims")))

    assert await google.at.standing(account) == REVOKED


def double_digest(token: str) -> str:
    """SHA-512 twice, in base64."""
    return base64.b64encode(hashlib.sha512(hashlib.sha512(token.encode()).digest()).digest()).decode()


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [("hash_base64_sha512_sha512", double_digest), ("prefix", lambda token: token[:16])],
    ids=["digest", "prefix"],
)
async def test_a_revoked_token_ends_the_one_link_that_hangs_on_it(
    google: Google, algorithm: str, name: Callable[[str], str]
) -> None:
    login = google.at.server.host.platforms.logins["google"]
    tokens = ["1//0first-refresh-token-of-mara", "1//0second-refresh-token"]
    named, other = [
        await google.at.link(fingerprints=sorted(login.fingerprints(TokenSet("a", refresh_token=token))))
        for token in tokens
    ]
    event = {
        "subject": {
            "subject_type": "oauth_token",
            "token_type": "refresh_token",
            "token_identifier_alg": algorithm,
            "token": name(tokens[0]),
        }
    }

    answer = await google.send(google.claims(f"{OAUTH}token-revoked", event))

    assert answer.status == 202
    assert (await google.at.standing(named), await google.at.standing(other)) == (REVOKED, LINKED)


async def test_one_delivery_may_tell_of_several_events(google: Google) -> None:
    account = await google.at.link()
    claims = google.claims(f"{RISC}sessions-revoked", subject())
    claims["events"][f"{OAUTH}tokens-revoked"] = subject()

    await google.send(claims)

    assert await google.at.standing(account) == REVOKED


# Once, and in any order


async def test_a_token_that_comes_again_changes_nothing(google: Google) -> None:
    await google.at.link()
    claims = google.claims(f"{OAUTH}tokens-revoked", subject())
    await google.send(claims)
    again = await google.at.link()

    answer = await google.send(claims)

    assert answer.status == 202 and await google.at.standing(again) == LINKED
    [row] = await google.at.deliveries()
    assert row["repeats"] == 1


async def test_an_event_from_before_the_newest_consent_ends_nothing(google: Google) -> None:
    account = await google.at.link()
    issued_at = int(google.at.server.host.now().timestamp()) - 3600

    await google.send(google.claims(f"{OAUTH}tokens-revoked", subject(), iat=issued_at))

    assert await google.at.standing(account) == LINKED


async def test_the_end_of_a_token_does_not_count(google: Google) -> None:
    """Security events have no end: Google says not to look at `exp`."""
    account = await google.at.link()

    answer = await google.send(google.claims(f"{OAUTH}tokens-revoked", subject(), exp=1))

    assert answer.status == 202 and await google.at.standing(account) == REVOKED


# Keys


async def test_a_new_key_of_googles_is_looked_up_and_the_old_one_is_forgotten(google: Google) -> None:
    account = await google.at.link()
    await google.send(google.claims(f"{RISC}verification", {"state": "hello"}))
    google.published = ["second"]
    await google.at.later(minutes=2)

    new = await google.send(google.claims(f"{OAUTH}tokens-revoked", subject()), key="second")
    old = await google.send(google.claims(f"{OAUTH}tokens-revoked", subject()), key="first")

    assert (new.status, old.status) == (202, 400)
    assert await google.at.standing(account) == REVOKED


async def test_deliveries_with_keys_that_nobody_knows_do_not_make_google_be_asked_each_time(
    google: Google,
) -> None:
    for number in range(5):
        header = {"alg": "RS256", "kid": f"unknown {number}"}
        claims = google.claims(f"{OAUTH}tokens-revoked", subject())
        assert (await google.send(claims, header=header, by=KEYS["first"])).status == 400

    assert len(google.asked) <= 3


async def test_a_delivery_that_cannot_be_checked_now_is_to_come_again(google: Google) -> None:
    account = await google.at.link()
    claims = google.claims(f"{OAUTH}tokens-revoked", subject())
    google.is_down = True
    first = await google.send(claims)
    google.is_down = False
    await google.at.later(seconds=6)

    again = await google.send(claims)

    assert (first.status, again.status) == (503, 202)
    assert await google.at.standing(account) == REVOKED


# Forged


async def test_a_forged_token_is_refused_whatever_is_wrong_with_it(google: Google) -> None:
    account = await google.at.link()
    kind, event = f"{OAUTH}tokens-revoked", subject()
    good = sign(google.claims(kind, event), {"alg": "RS256", "kid": "first"}, KEYS["first"])
    head, payload, signature = good.split(".")
    other = sign(google.claims(kind, subject("dina")), {"alg": "RS256", "kid": "first"}, KEYS["first"])
    unsigned = encoded(b'{"alg":"none","kid":"first"}').decode()
    public = KEYS["first"].as_pem(private=False)
    week = 7 * 86400 + 60
    now = int(google.at.server.host.now().timestamp())
    forged = {
        "unsigned": f"{unsigned}.{payload}.",
        "without its signature": f"{head}.{payload}.",
        "a payload that was exchanged": f"{head}.{other.split('.')[1]}.{signature}",
        "signed with the public key": mac(google.claims(kind, event), public),
        "another's key under Google's name": sign(
            google.claims(kind, event), {"alg": "RS256", "kid": "first"}, KEYS["second"]
        ),
        "a key that Google does not publish": sign(
            google.claims(kind, event), {"alg": "RS256", "kid": "second"}, KEYS["second"]
        ),
        "no token": "hello",
        "nothing": "",
        "a JSON": '{"iss": "x"}',
    }
    wrong_claims = {
        "another app": google.claims(kind, event, aud="another"),
        "no app": google.claims(kind, event, aud=None),
        "another issuer": google.claims(kind, event, iss="https://accounts.google.example/"),
        "no id": google.claims(kind, event, jti=None),
        "no time": google.claims(kind, event, iat=None),
        "too old": google.claims(kind, event, iat=now - week),
        "no events": google.claims(kind, event, events={}),
    }

    answers = {name: await google.post(token) for name, token in forged.items()}
    answers |= {name: await google.send(claims) for name, claims in wrong_claims.items()}

    assert {name: answer.status for name, answer in answers.items() if answer.status != 400} == {}
    assert await google.at.deliveries() == [] and await google.at.standing(account) == LINKED
