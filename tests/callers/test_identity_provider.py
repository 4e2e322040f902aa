"""Callers of an outside identity provider: what its tokens open, and everything that they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from server.services.callers.audit import SIGN_IN
from server.settings import JwtSettings
from support.client import Client
from support.identity_provider import AUDIENCE, ISSUER, IdentityProvider, identity_provider
from support.rows import Rows
from support.server import Server, StartServer

WHOAMI = "{ viewer { name role scope profile { id } } }"
CREATORS = {"roles": ["creators"], "linkroll": {"profile": "ext-mara"}}


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    """The agency's identity provider."""
    async with identity_provider(datetime.now(UTC)) as found:
        yield found


@pytest.fixture
async def server(start_server: StartServer, provider: IdentityProvider) -> Server:
    """A server that takes its tokens."""
    settings = JwtSettings(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks_url=provider.url,
        roles="roster-admins:admin,roster-managers:manager,staff:observer,creators:creator",
        profile_claim="linkroll.profile",
    )
    return await start_server(jwt=settings)


def caller(server: Server, token: str) -> Client:
    """Somebody who comes with a token."""
    return Client(server.url, server.session, token)


async def refusals_of(server: Server) -> list[str]:
    """Why sign-ins failed, as the audit log tells, the newest last."""
    rows = await server.host.database.fetch(
        "SELECT outcome FROM audit_entry WHERE action = $1 ORDER BY id", SIGN_IN
    )
    return [row["outcome"] for row in rows]


# What opens


async def test_a_token_gives_the_role_of_its_claim(server: Server, provider: IdentityProvider) -> None:
    manager, staff = caller(server, provider.token()), caller(server, provider.token(roles="staff", sub="9"))

    assert await manager.ask(WHOAMI) == {
        "name": "Dina of the agency",
        "role": "MANAGER",
        "scope": "FULL",
        "profile": None,
    }
    assert (await staff.ask(WHOAMI))["role"] == "OBSERVER"


async def test_of_several_roles_the_first_of_the_setting_counts(
    server: Server, provider: IdentityProvider
) -> None:
    both = caller(server, provider.token(roles=["creators", "something else", "roster-admins"]))

    assert (await both.ask(WHOAMI))["role"] == "ADMIN"


@pytest.mark.parametrize("by", ["external id", "id"])
async def test_a_creators_token_is_bound_to_the_profile_that_it_names(
    server: Server, provider: IdentityProvider, by: str
) -> None:
    rows = Rows(server.host)
    mara, dina = await rows.profile("Mara", external_id="ext-mara"), await rows.profile("Dina")
    named = {"external id": "ext-mara", "id": mara}[by]
    creator = caller(server, provider.token(roles=["creators"], linkroll={"profile": named}))

    assert (await creator.ask(WHOAMI))["profile"] == {"id": mara}
    assert await creator.ask("query ($id: ID!) { profile(id: $id) { id } }", id=dina) is None


async def test_an_act_is_logged_under_the_subject(server: Server, provider: IdentityProvider) -> None:
    manager = caller(server, provider.token())
    create = 'mutation { createProfile(input: {displayName: "Mara", kind: INDIVIDUAL}) { __typename } }'

    await manager.ask(create)

    admin = await server.client()
    log = await admin.ask(
        '{ auditLog(filter: {action: "createProfile"}) { nodes { actor actorName outcome } } }'
    )
    [entry] = log["nodes"]
    assert entry["actor"].startswith("jwt_") and entry["actorName"] == "Dina of the agency"
    assert entry["outcome"] == "OK"


async def test_a_token_for_ever_is_taken_and_shows_an_end(server: Server, provider: IdentityProvider) -> None:
    endless = caller(server, provider.token(exp=10**15))

    assert (await endless.ask("{ viewer { role expiresAt } }"))["expiresAt"].startswith("9999-12-31")


async def test_a_socket_takes_a_token_too(server: Server, provider: IdentityProvider) -> None:
    manager = caller(server, provider.token())

    async with manager.subscribe("subscription { accountStatusChanged { __typename } }"):
        pass

    assert await refusals_of(server) == []


# What does not


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "of another issuer": ({"iss": "https://id.example/realms/other"}, "TOKEN_CLAIMS_REFUSED"),
    "of an issuer but for a slash": ({"iss": ISSUER + "/"}, "TOKEN_CLAIMS_REFUSED"),
    "without an issuer": ({"iss": None}, "TOKEN_CLAIMS_REFUSED"),
    "for somebody else": ({"aud": ["other-app"]}, "TOKEN_CLAIMS_REFUSED"),
    "for nobody": ({"aud": None}, "TOKEN_CLAIMS_REFUSED"),
    "without an end": ({"exp": None}, "TOKEN_CLAIMS_REFUSED"),
    "with an end that is no number": ({"exp": "tomorrow"}, "TOKEN_CLAIMS_REFUSED"),
    "that begins later": ({"nbf": 2**33}, "TOKEN_CLAIMS_REFUSED"),
    "of nobody": ({"sub": None}, "TOKEN_CLAIMS_REFUSED"),
    "without a role": ({"roles": None}, "TOKEN_ROLE_UNKNOWN"),
    "with a role that is not listed": ({"roles": ["admin"]}, "TOKEN_ROLE_UNKNOWN"),
    "of a creator without a profile": ({"roles": ["creators"]}, "TOKEN_PROFILE_UNKNOWN"),
    "of a creator that is not there": (CREATORS, "TOKEN_PROFILE_UNKNOWN"),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_sound_signature_alone_opens_nothing(
    server: Server, provider: IdentityProvider, kind: str
) -> None:
    changes, reason = REFUSED[kind]

    assert await caller(server, provider.token(**changes)).error_code(WHOAMI) == "UNAUTHENTICATED"
    assert await refusals_of(server) == [reason]


async def test_who_else_signs_is_refused(server: Server, provider: IdentityProvider) -> None:
    """Also with the key in the token itself, or an address to fetch it from: neither is looked at."""
    own = ECKey.generate_key("P-256")
    public = own.as_dict(private=False)
    headers = [{}, {"jwk": public}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/x"}]

    codes = [
        await caller(server, provider.token_by(own, alg="ES256", header=header)).error_code(WHOAMI)
        for header in headers
    ]

    assert codes == ["UNAUTHENTICATED"] * 4
    assert await refusals_of(server) == ["TOKEN_SIGNATURE_WRONG"]


@pytest.mark.parametrize("alg", ["HS256", "none"])
async def test_an_algorithm_that_anybody_can_use_is_refused(
    server: Server, provider: IdentityProvider, alg: str
) -> None:
    """The public key as the secret of an HMAC is the oldest trick there is."""
    assert await caller(server, provider.forged(alg)).error_code(WHOAMI) == "UNAUTHENTICATED"
    assert await refusals_of(server) == ["TOKEN_ALGORITHM_REFUSED"]


async def test_a_token_of_another_kind_is_refused(server: Server, provider: IdentityProvider) -> None:
    """The provider signs a log-out with the same key, for the same audience."""
    odd = caller(server, provider.token(header={"typ": "logout+jwt"}))

    assert await odd.error_code(WHOAMI) == "UNAUTHENTICATED"
    assert (await caller(server, provider.token(header={"typ": "at+JWT"})).ask(WHOAMI))["role"] == "MANAGER"


async def test_what_a_header_calls_critical_must_be_understood(
    server: Server, provider: IdentityProvider
) -> None:
    odd = caller(
        server, provider.token_by(provider.keys["first"], alg="ES256", header={"crit": ["b64"], "b64": True})
    )

    assert await odd.error_code(WHOAMI) == "UNAUTHENTICATED"


@pytest.mark.parametrize("token", ["a.b.c", "..", "eyJhbGciOiJFUzI1NiJ9..", "e30.e30.e30", "W10.e30.x"])
async def test_text_of_the_form_of_a_token_is_refused(server: Server, token: str) -> None:
    assert await caller(server, token).error_code(WHOAMI) == "UNAUTHENTICATED"


async def test_without_the_setting_no_token_is_taken(
    start_server: StartServer, provider: IdentityProvider
) -> None:
    server = await start_server()

    assert await caller(server, provider.token()).error_code(WHOAMI) == "UNAUTHENTICATED"
    assert provider.fetches == 0


# Time


@pytest.mark.parametrize(("late", "code"), [(45, None), (65, "UNAUTHENTICATED")])
async def test_a_token_ends_with_its_time_and_the_clocks_differ_by_a_minute(
    server: Server, provider: IdentityProvider, late: int, code: str | None
) -> None:
    client = caller(server, provider.token())
    assert await client.ask(WHOAMI)

    server.host.clock.offset = timedelta(minutes=5, seconds=late)
    answer = await client.send(WHOAMI)

    assert [e["extensions"]["code"] for e in answer.get("errors", [])] == ([code] if code else [])


# The provider's keys


async def test_keys_are_fetched_once_for_many_callers(server: Server, provider: IdentityProvider) -> None:
    for number in range(5):
        assert await caller(server, provider.token(sub=str(number))).ask(WHOAMI)

    assert provider.fetches == 1


async def test_a_new_key_is_found_when_its_first_token_comes(
    server: Server, provider: IdentityProvider
) -> None:
    assert await caller(server, provider.token()).ask(WHOAMI)
    provider.new_key("second", rsa=True)
    server.host.clock.offset = timedelta(seconds=61)

    assert await caller(server, provider.token("second")).ask(WHOAMI)
    assert await caller(server, provider.token(sub="other")).ask(WHOAMI)
    assert provider.fetches == 2


async def test_unknown_keys_cause_a_fetch_a_minute_at_most(
    server: Server, provider: IdentityProvider
) -> None:
    """Else anybody could have us beat upon the provider."""
    own = ECKey.generate_key("P-256")
    guesses = [provider.token_by(own, alg="ES256", header={"kid": str(n)}) for n in range(10)]

    codes = [await caller(server, guess).error_code(WHOAMI) for guess in guesses]

    assert codes == ["UNAUTHENTICATED"] * 10
    assert provider.fetches == 1


async def test_a_key_that_was_withdrawn_is_believed_ten_minutes_more_at_most(
    server: Server, provider: IdentityProvider
) -> None:
    assert await caller(server, provider.token()).ask(WHOAMI)
    provider.new_key("second")
    stolen = provider.withdraw("first")
    server.host.clock.offset = provider_age = timedelta(minutes=11)
    provider.now += provider_age

    token = provider.token_by(stolen, alg="ES256", sub="thief")

    assert await caller(server, token).error_code(WHOAMI) == "UNAUTHENTICATED"
    assert await refusals_of(server) == ["TOKEN_KEY_UNKNOWN"]


async def test_keys_outlive_an_outage_of_the_provider(server: Server, provider: IdentityProvider) -> None:
    assert await caller(server, provider.token()).ask(WHOAMI)
    provider.is_down = True
    server.host.clock.offset = outage = timedelta(hours=2)
    provider.now += outage

    assert await caller(server, provider.token(sub="other")).ask(WHOAMI)
    assert provider.fetches == 2


async def test_a_provider_that_was_never_reached_lets_nobody_in(
    server: Server, provider: IdentityProvider
) -> None:
    provider.is_down = True

    assert await caller(server, provider.token()).error_code(WHOAMI) == "UNAUTHENTICATED"
    assert await refusals_of(server) == ["TOKEN_KEYS_UNAVAILABLE"]


async def test_without_a_key_id_there_must_be_no_choice(server: Server, provider: IdentityProvider) -> None:
    assert await caller(server, _without_kid(provider)).ask(WHOAMI)
    provider.new_key("second")
    server.host.clock.offset = timedelta(minutes=11)
    provider.now += timedelta(minutes=11)

    assert await caller(server, _without_kid(provider)).error_code(WHOAMI) == "UNAUTHENTICATED"


def _without_kid(provider: IdentityProvider) -> str:
    return jwt.encode({"alg": "ES256"}, provider.claims(), provider.keys["first"])


# The setting


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"jwks_url": "http://id.example/jwks"}, "must be https"),
        ({"algorithms": "RS256,HS256"}, "HS256"),
        ({"algorithms": "none"}, "none"),
        ({"algorithms": ""}, "nothing"),
        ({"roles": "managers"}, "value:role"),
        ({"roles": "managers:owner"}, "value:role"),
        ({"clock_skew_seconds": 3600}, "300"),
    ],
)
def test_an_unsafe_setting_is_refused(changes: dict[str, Any], says: str) -> None:
    sound = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "jwks_url": "https://id.example/jwks",
        "roles": "a:admin",
    }
    assert JwtSettings(**sound)

    with pytest.raises(ValueError, match=says):
        JwtSettings(**{**sound, **changes})
