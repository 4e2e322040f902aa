"""Authlib's protocol client over a plugin's guarded client."""

from __future__ import annotations

import pytest
from linkroll_sdk import (
    Allowance,
    AuthorizationCodeRejected,
    ClientConfig,
    ForbiddenOperation,
    OAuth2,
    Operation,
    Pkce,
    PlatformError,
    Purpose,
    Response,
    code_challenge,
)
from linkroll_sdk.testing import ScriptedHttp, json_answer

TOKEN_URL = "https://chirp.example/token"
ALLOWANCE = Allowance(
    frozenset({"chirp.example"}), (Operation("POST", "chirp.example", "/token", Purpose.TOKEN),)
)
CLIENT = ClientConfig("the-id", "the+secret&more")


def classify(response: Response, operation: str) -> PlatformError | None:
    """Any error is a rejected code."""
    failed = response.status >= 400
    return AuthorizationCodeRejected(operation=operation) if failed else None


def client(http: ScriptedHttp, **options: object) -> OAuth2:
    """The client under test."""
    return OAuth2(http, CLIENT, classify, **options)  # type: ignore[arg-type]


async def test_an_exchange_sends_the_standards_fields() -> None:
    http = ScriptedHttp(ALLOWANCE, [json_answer("POST", "/token", {"access_token": "a"})])

    answer = await client(http).exchange(
        TOKEN_URL, code="c", redirect_uri="https://us.example/cb", code_verifier="v" * 43
    )

    assert answer["access_token"] == "a"
    assert dict(http.requests[0].form or {}) == {
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": "https://us.example/cb",
        "code_verifier": "v" * 43,
        "client_id": "the-id",
        "client_secret": "the+secret&more",
    }


async def test_an_error_answer_raises_what_the_login_makes_of_it() -> None:
    http = ScriptedHttp(ALLOWANCE, [json_answer("POST", "/token", {"error": "invalid_grant"}, 400)])

    with pytest.raises(AuthorizationCodeRejected) as caught:
        await client(http).exchange(TOKEN_URL, code="c")

    assert caught.value.operation == "exchange"


@pytest.mark.parametrize(
    "sent", [{}, {"refresh_token": ""}, {"refresh_token": None}], ids=["none", "empty", "null"]
)
async def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(sent: dict[str, str]) -> None:
    http = ScriptedHttp(ALLOWANCE, [json_answer("POST", "/token", {"access_token": "b", **sent})])

    answer = await client(http).renew(TOKEN_URL, "old")

    assert answer["refresh_token"] == "old"


async def test_an_address_that_is_not_declared_is_never_asked() -> None:
    http = ScriptedHttp(ALLOWANCE, [])

    with pytest.raises(ForbiddenOperation):
        await client(http).exchange("https://elsewhere.example/token", code="c")

    assert http.requests == []


def test_challenges_are_the_standards_and_the_one_dialect() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert code_challenge(verifier, Pkce.S256) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert (
        code_challenge(verifier, Pkce.S256_HEX)
        == "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3"
    )
    assert code_challenge(verifier, Pkce.NONE) is None
