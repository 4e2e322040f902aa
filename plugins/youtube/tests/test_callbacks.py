"""Google's security events: genuine or not, and what each asks for."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey
from linkroll_sdk import (
    About,
    Acknowledged,
    CallbackRejected,
    CheckWanted,
    ClientConfig,
    DeletionRequested,
    Delivery,
    GrantEnded,
    InvalidReason,
    Notice,
    Notified,
    PlatformUnavailable,
    Receipt,
    Reply,
    TokenSet,
)

from linkroll_youtube.callbacks import SecurityEvents
from linkroll_youtube.oauth import GoogleLogin
from linkroll_youtube.security_tokens import CONFIGURATION

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAID_AT = NOW - timedelta(minutes=1)
CERTS = "https://www.googleapis.com/oauth2/v3/certs"
EVENT = "https://schemas.openid.net/secevent/"
SUB = "109876543210987654321"
PERSON = {"subject": {"subject_type": "iss-sub", "iss": "https://accounts.google.com/", "sub": SUB}}
TOKENS_REVOKED = f"{EVENT}oauth/event-type/tokens-revoked"
CLIENT = ClientConfig("123-ex.apps.googleusercontent.com", "client-secret")

Read = Callable[..., Any]


@cache
def signing_key(kid: str) -> RSAKey:
    """A key of its own for each name; made once, since making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def public(name: str, **changes: str) -> dict[str, Any]:
    """The published form of a key."""
    return {**signing_key(name).as_dict(private=False), **changes}


class PublishedDocuments:
    """Google's public documents as the server keeps them: what is fresh is seen only when asked for."""

    def __init__(self, kept: list[dict[str, Any]], fresh: list[dict[str, Any]] | None = None) -> None:
        self.configuration: Any = {"issuer": "https://accounts.google.com/", "jwks_uri": CERTS}
        self.kept, self.fresh = kept, kept if fresh is None else fresh
        self.asked: list[tuple[str, bool]] = []

    async def json(self, url: str, *, fresh: bool = False) -> Any:
        self.asked.append((url, fresh))
        if url == CONFIGURATION:
            return self.configuration
        assert url == CERTS
        return {"keys": self.fresh if fresh else self.kept}


def claims(events: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """What Google says, with the changes of the test; None takes a claim away."""
    told = {
        "iss": "https://accounts.google.com/",
        "aud": CLIENT.client_id,
        "iat": int(SAID_AT.timestamp()),
        "jti": "7f3e-example",
        "events": {TOKENS_REVOKED: PERSON} if events is None else events,
    }
    return {name: value for name, value in {**told, **changes}.items() if value is not None}


def signed(told: object, kid: str = "k1", **header: Any) -> bytes:
    protected = {"alg": "RS256", "kid": kid, "typ": "secevent+jwt", **header}
    return jws.serialize_compact(protected, json.dumps(told), signing_key(kid)).encode()


def base64_of(header: object) -> bytes:
    """A header as it stands in a token."""
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")


def delivered(body: bytes, method: str = "POST") -> Delivery:
    return Delivery(method, {}, {"content-type": "application/secevent+jwt"}, body, received_at=NOW)


async def read(body: bytes, documents: PublishedDocuments | None = None) -> Notified:
    return await SecurityEvents().read(
        delivered(body), CLIENT, documents or PublishedDocuments([public("k1")])
    )


async def told_of(kind: str, event: object) -> Notice:
    """The one notice that an event becomes."""
    (notice,) = (await read(signed(claims({EVENT + kind: event})))).notices
    return notice


async def refused(body: bytes, documents: PublishedDocuments | None = None) -> str:
    with pytest.raises(CallbackRejected) as caught:
        await read(body, documents)
    assert caught.value.status == 400
    return caught.value.code


class TestGenuine:
    async def test_a_signed_event_is_read_under_its_own_id(self) -> None:
        notified = await read(signed(claims()))

        assert notified.key == "7f3e-example"
        assert notified.notices == (
            GrantEnded(About(subject=SUB), InvalidReason.ACCESS_REVOKED, "tokens-revoked", SAID_AT),
        )

    async def test_its_end_is_not_looked_at(self) -> None:
        """Google says not to: the word holds, however late it comes."""
        assert (await read(signed(claims(exp=1)))).notices

    async def test_one_of_several_audiences_is_enough(self) -> None:
        assert (await read(signed(claims(aud=["another-client", CLIENT.client_id])))).notices

    @pytest.mark.parametrize("issuer", ["https://accounts.google.com", "https://accounts.google.com/"])
    async def test_the_issuers_slash_does_not_count(self, issuer: str) -> None:
        assert (await read(signed(claims(iss=issuer)))).notices

    async def test_a_new_key_is_looked_up_once(self) -> None:
        documents = PublishedDocuments([public("k1")], fresh=[public("k1"), public("k2")])

        notified = await read(signed(claims(), kid="k2"), documents)

        assert notified.notices
        assert documents.asked == [(CONFIGURATION, False), (CERTS, False), (CERTS, True)]

    async def test_a_known_key_is_not_looked_up_again(self) -> None:
        documents = PublishedDocuments([public("k1")])

        await read(signed(claims()), documents)

        assert documents.asked == [(CONFIGURATION, False), (CERTS, False)]

    async def test_each_event_of_a_delivery_is_read(self) -> None:
        both = {
            TOKENS_REVOKED: PERSON,
            f"{EVENT}risc/event-type/account-purged": PERSON,
        }

        notices = (await read(signed(claims(both)))).notices

        assert [type(notice) for notice in notices] == [GrantEnded, DeletionRequested]

    def test_it_is_answered_as_accepted(self) -> None:
        receipt = Receipt("code", "https://linkroll.example/x")

        assert SecurityEvents().reply(receipt) == Reply(202)

    def test_the_address_is_the_logins(self, login: GoogleLogin) -> None:
        assert [callback.key for callback in login.callbacks] == ["security-events"]


class TestNotGenuine:
    async def test_another_key_under_the_same_name_is_refused(self) -> None:
        forged = PublishedDocuments([public("k2", kid="k1")])

        assert await refused(signed(claims()), forged) == "signature"

    async def test_a_changed_payload_is_refused(self) -> None:
        head, _, signature = signed(claims()).split(b".")
        _, payload, _ = signed(claims(jti="another")).split(b".")

        assert await refused(b".".join((head, payload, signature))) == "signature"

    async def test_an_unknown_key_is_refused_after_one_look(self) -> None:
        documents = PublishedDocuments([public("k1")])

        assert await refused(signed(claims(), kid="k2"), documents) == "unknown-key"
        assert documents.asked.count((CERTS, True)) == 1

    @pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "EC"}])
    async def test_a_key_for_something_else_is_no_key(self, change: dict[str, str]) -> None:
        documents = PublishedDocuments([public("k1", **change)])

        assert await refused(signed(claims()), documents) == "unknown-key"

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "ES256", 5, None])
    async def test_only_one_algorithm_is_taken_and_nothing_is_fetched_for_another(
        self, algorithm: object
    ) -> None:
        documents = PublishedDocuments([public("k1")])
        _, payload, signature = signed(claims()).split(b".")
        head = base64_of({"alg": algorithm, "kid": "k1"})

        assert await refused(b".".join((head, payload, signature)), documents) == "algorithm"
        assert documents.asked == []

    async def test_a_token_without_a_key_name_is_refused(self) -> None:
        _, payload, signature = signed(claims()).split(b".")

        assert await refused(b".".join((base64_of({"alg": "RS256"}), payload, signature))) == "key-id"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"iss": "https://accounts.example/"}, "issuer"),
            ({"iss": None}, "issuer"),
            ({"aud": "another-client"}, "audience"),
            ({"aud": ["another-client"]}, "audience"),
            ({"aud": None}, "audience"),
            ({"jti": None}, "id"),
            ({"jti": ""}, "id"),
            ({"jti": "x" * 201}, "id"),
            ({"iat": None}, "issued-at"),
            ({"iat": "yesterday"}, "issued-at"),
            ({"iat": True}, "issued-at"),
            ({"iat": 10**400}, "issued-at"),
            ({"iat": int((NOW - timedelta(days=7, seconds=1)).timestamp())}, "too-old"),
            ({"events": {}}, "events"),
            ({"events": [TOKENS_REVOKED]}, "events"),
        ],
    )
    async def test_a_signed_token_that_is_not_for_us_or_not_whole_is_refused(
        self, change: dict[str, Any], code: str
    ) -> None:
        assert await refused(signed(claims(**change))) == code

    async def test_a_week_is_not_too_old(self) -> None:
        week = int((NOW - timedelta(days=7)).timestamp())

        assert (await read(signed(claims(iat=week)))).notices

    @pytest.mark.parametrize("payload", [[], "x", None, 5])
    async def test_a_payload_that_is_no_object_is_refused(self, payload: object) -> None:
        assert await refused(signed(payload)) == "malformed"

    async def test_anything_but_a_post_is_refused(self) -> None:
        with pytest.raises(CallbackRejected) as caught:
            await SecurityEvents().read(delivered(signed(claims()), "GET"), CLIENT, PublishedDocuments([]))

        assert caught.value.status == 405

    @pytest.mark.parametrize(
        "body",
        [b"", b"a.b", b"..", b"a.b.c", b"\xff.\xff.\xff", b"{}", b"W10.W10.W10", b"x" * 300_000],
    )
    async def test_what_is_no_token_is_refused(self, body: bytes) -> None:
        assert await refused(body) in ("malformed", "algorithm")

    async def test_any_body_is_refused_without_another_error(self) -> None:
        @settings(max_examples=200, deadline=None)
        @given(st.lists(st.one_of(st.binary(max_size=30), st.just(base64_of({"alg": "RS256", "kid": "k1"})))))
        def refuses(parts: list[bytes]) -> None:
            coroutine = read(b".".join(parts))
            with pytest.raises(CallbackRejected):
                coroutine.send(None)

        refuses()

    @pytest.mark.parametrize(
        "configuration",
        [
            [],
            {},
            {"issuer": "https://accounts.google.com/"},
            {"issuer": "https://accounts.google.com/", "jwks_uri": "https://keys.example/certs"},
            {"issuer": "https://accounts.google.com/", "jwks_uri": "http://www.googleapis.com/certs"},
        ],
    )
    async def test_keys_are_taken_only_from_google(self, configuration: object) -> None:
        """Google's fault, not the delivery's: it is to be sent again."""
        documents = PublishedDocuments([public("k1")])
        documents.configuration = configuration

        with pytest.raises(PlatformUnavailable):
            await read(signed(claims()), documents)


class TestWhatAnEventAsksFor:
    @pytest.mark.parametrize(
        ("kind", "event", "notice"),
        [
            (
                "oauth/event-type/tokens-revoked",
                PERSON,
                GrantEnded(About(subject=SUB), InvalidReason.ACCESS_REVOKED, "tokens-revoked", SAID_AT),
            ),
            (
                "oauth/event-type/tokens-revoked",
                {"subject": {"subject_type": "id_token_claims", "sub": SUB, "email": "m@example.com"}},
                GrantEnded(About(subject=SUB), InvalidReason.ACCESS_REVOKED, "tokens-revoked", SAID_AT),
            ),
            (
                "risc/event-type/sessions-revoked",
                PERSON,
                CheckWanted(About(subject=SUB), "sessions-revoked"),
            ),
            (
                "risc/event-type/account-disabled",
                {**PERSON, "reason": "hijacking"},
                GrantEnded(
                    About(subject=SUB), InvalidReason.ACTION_REQUIRED, "account-disabled/hijacking", SAID_AT
                ),
            ),
            (
                "risc/event-type/account-disabled",
                {**PERSON, "reason": "bulk-account"},
                CheckWanted(About(subject=SUB), "account-disabled/bulk-account"),
            ),
            ("risc/event-type/account-disabled", PERSON, CheckWanted(About(subject=SUB), "account-disabled")),
            ("risc/event-type/account-enabled", PERSON, CheckWanted(About(subject=SUB), "account-enabled")),
            (
                "risc/event-type/account-credential-change-required",
                PERSON,
                Acknowledged("account-credential-change-required"),
            ),
            (
                "risc/event-type/account-purged",
                PERSON,
                DeletionRequested(About(subject=SUB), "account-purged", SAID_AT),
            ),
            ("risc/event-type/verification", {"state": "test 1"}, Acknowledged("verification test 1")),
            ("risc/event-type/verification", {"state": "<b>\n"}, Acknowledged("verification")),
            ("risc/event-type/verification", {}, Acknowledged("verification")),
            ("risc/event-type/something-new", PERSON, Acknowledged("something-new")),
            ("risc/event-type/Something_else!", PERSON, Acknowledged("unknown")),
        ],
    )
    async def test_each_type_has_its_notice(self, kind: str, event: object, notice: Notice) -> None:
        assert await told_of(kind, event) == notice

    @pytest.mark.parametrize(
        "kind",
        [
            "oauth/event-type/tokens-revoked",
            "oauth/event-type/token-revoked",
            "risc/event-type/sessions-revoked",
            "risc/event-type/account-disabled",
            "risc/event-type/account-enabled",
            "risc/event-type/account-purged",
        ],
    )
    @pytest.mark.parametrize(
        "event", [{}, None, {"subject": SUB}, {"subject": {"sub": ""}}, {"subject": {"sub": 5}}]
    )
    async def test_an_event_that_names_nobody_touches_nobody(self, kind: str, event: object) -> None:
        assert isinstance(await told_of(kind, event), Acknowledged)


class TestOneRevokedToken:
    KIND = "oauth/event-type/token-revoked"

    @pytest.fixture
    def tokens(self) -> TokenSet:
        return TokenSet("ya29.planted-access", "1//0g-planted-refresh-token")

    @pytest.mark.parametrize("place", ["event", "subject"])
    @pytest.mark.parametrize(
        ("algorithm", "token"),
        [
            (
                "hash_base64_sha512_sha512",
                "9CQxnn0qBo8842RItzqIjrq7wKjywCa5aAzl9kpZmjHP/scp0gWmNTSQvY6XWoQWOUtSNzntuFy+l0HbNe21TA==",
            ),
            ("prefix", "1//0g-planted-re"),
        ],
    )
    async def test_it_is_found_by_what_was_kept_at_the_link(
        self, login: GoogleLogin, tokens: TokenSet, place: str, algorithm: str, token: str
    ) -> None:
        named = {"token_type": "refresh_token", "token_identifier_alg": algorithm, "token": token}

        notice = await told_of(self.KIND, named if place == "event" else {"subject": named})

        assert isinstance(notice, GrantEnded)
        assert notice.reason is InvalidReason.ACCESS_REVOKED
        assert notice.at == SAID_AT
        assert notice.about.subject is None
        assert notice.about.fingerprint in login.fingerprints(tokens)

    @pytest.mark.parametrize(
        "change",
        [
            {"token_type": "access_token"},
            {"token_identifier_alg": "md5"},
            {"token": ""},
            {"token": None},
        ],
    )
    async def test_a_token_that_is_named_in_another_way_touches_nobody(self, change: dict[str, Any]) -> None:
        named = {"token_type": "refresh_token", "token_identifier_alg": "prefix", "token": "1//0g"}

        assert await told_of(self.KIND, {**named, **change}) == Acknowledged("token-revoked")

    async def test_the_two_alphabets_of_base64_are_one(self) -> None:
        def named(token: str) -> dict[str, str]:
            alg = "hash_base64_sha512_sha512"
            return {"token_type": "refresh_token", "token_identifier_alg": alg, "token": token}

        first = await told_of(self.KIND, named("a+b/c=="))
        second = await told_of(self.KIND, named("a-b_c"))

        assert first == second
