"""The second lock: what a plugin did not declare is refused before any I/O."""

from __future__ import annotations

import pytest
from linkroll_sdk import (
    Allowance,
    ForbiddenOperation,
    Operation,
    Purpose,
    Request,
    Response,
    UnexpectedAnswer,
)

ALLOWANCE = Allowance(
    frozenset({"graph.chirp.example"}),
    (
        Operation("POST", "graph.chirp.example", "/*/oauth/token", Purpose.TOKEN),
        Operation("DELETE", "graph.chirp.example", "/*/me/permissions", Purpose.REVOKE),
    ),
)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "https://graph.chirp.example/anything"),
        ("GET", "https://graph.chirp.example:443/anything"),
        ("POST", "https://graph.chirp.example/v25.0/oauth/token"),
        ("DELETE", "https://graph.chirp.example/v25.0/me/permissions"),
    ],
)
def test_what_is_declared_may_leave(method: str, url: str) -> None:
    assert ALLOWANCE.check(method, url) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "https://graph.chirp.example/v25.0/me/feed"),
        ("POST", "https://graph.chirp.example/v25.0/x/oauth/token"),
        ("POST", "https://graph.chirp.example/v25.0/oauth/token/"),
        ("DELETE", "https://graph.chirp.example/v25.0/oauth/token"),
        ("PUT", "https://graph.chirp.example/v25.0/oauth/token"),
        ("HEAD", "https://graph.chirp.example/"),
        ("get", "https://graph.chirp.example/"),
        ("GET", "https://evil.example/"),
        ("GET", "https://graph.chirp.example.evil.example/"),
        ("GET", "https://graph.chirp.example@evil.example/"),
        ("GET", "https://person@graph.chirp.example/"),
        ("GET", "http://graph.chirp.example/"),
        ("GET", "https://graph.chirp.example:8443/"),
        ("GET", "//graph.chirp.example/"),
        ("GET", "file:///etc/passwd"),
    ],
)
def test_what_is_not_declared_may_not(method: str, url: str) -> None:
    with pytest.raises(ForbiddenOperation):
        ALLOWANCE.check(method, url)


@pytest.mark.parametrize(
    ("url", "params", "headers"),
    [
        ("https://graph.chirp.example/1?method=delete", {}, {}),
        ("https://graph.chirp.example/1", {"method": "POST"}, {}),
        ("https://graph.chirp.example/1", {}, {"X-HTTP-Method-Override": "DELETE"}),
    ],
    ids=["in the address", "in the parameters", "in a header"],
)
def test_a_get_may_not_stand_for_another_method(
    url: str, params: dict[str, str], headers: dict[str, str]
) -> None:
    """Meta acts on `?method=delete`, and many gateways on the header."""
    request = Request("GET", url, "probe", params=params, headers=headers)

    with pytest.raises(ForbiddenOperation):
        ALLOWANCE.check_request(request)


def test_a_parameter_of_that_name_may_mean_something_else() -> None:
    request = Request("GET", "https://graph.chirp.example/", "probe", params={"method": "people.get"})

    assert ALLOWANCE.check_request(request) is None  # type: ignore[func-returns-value]


def test_a_request_shows_no_secret_in_its_repr() -> None:
    request = Request(
        "GET",
        "https://graph.chirp.example/me",
        "me",
        params={"access_token": "hush-1"},
        access_token="hush-2",
    )

    assert "hush" not in repr(request)


def test_an_answer_that_is_no_json_says_its_kind_and_not_its_text() -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        Response(502, {"content-type": "text/html"}, b"<html>hush</html>").json()

    assert "text/html" in caught.value.excerpt and "hush" not in str(caught.value) + caught.value.excerpt


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b"[" * 100_000])
def test_an_answer_that_is_no_object_is_unexpected(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        Response(200, {}, body).json_object()
