"""The suite every plugin passes: locks, address grammar, consent addresses, behaviour on garbage."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linkroll_sdk.checks import problems_with
from linkroll_sdk.grants import AuthorizeRequest, ClientConfig
from linkroll_sdk.http import Allowance, Response
from linkroll_sdk.login import Login
from linkroll_sdk.pkce import Pkce, code_challenge
from linkroll_sdk.platform import Platform
from linkroll_sdk.urls import (
    MAX_TEXT,
    Address,
    NeedsResolving,
    NotAnAccount,
    NotAnAccountKind,
    PostRef,
    ProfileRef,
    UrlResult,
    Wrapped,
    clean_text,
    read_address,
)

REDIRECT_URI = "https://linkroll.example/oauth/callback"
VERIFIER = "v" * 43
HOSTILE = (
    "/" * MAX_TEXT,
    "@" * MAX_TEXT,
    "%" * MAX_TEXT,
    "a." * 1000,
    "?&=" * 600,
    "\u202e" * 500,
    "\x00/\n",
)


class PlatformSuite:
    """
    Subclass it, name the platform, list address examples; pytest does the rest.

    *accounts* maps texts (addresses and handles) to the reference they name; *posts* texts to post ids;
    *not_accounts* texts to the kind of refusal; *short_links* texts that need resolving; *wrappers* texts
    to the text inside. *handles* is a hypothesis strategy of valid handles for the round trip.
    """

    platform: ClassVar[Platform]
    accounts: ClassVar[Mapping[str, ProfileRef]] = {}
    posts: ClassVar[Mapping[str, str]] = {}
    not_accounts: ClassVar[Mapping[str, NotAnAccountKind]] = {}
    short_links: ClassVar[tuple[str, ...]] = ()
    wrappers: ClassVar[Mapping[str, str]] = {}
    handles: ClassVar[st.SearchStrategy[str]]
    client: ClassVar[ClientConfig] = ClientConfig("client-id", "client-secret")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test per example and per login, with a readable id."""
        if "login" in metafunc.fixturenames:
            logins = self.platform.logins
            metafunc.parametrize("login", logins, ids=[login.key for login in logins])
        for name in ("accounts", "posts", "not_accounts", "wrappers"):
            if f"{name}_example" in metafunc.fixturenames:
                examples: Mapping[str, Any] = getattr(self, name)
                metafunc.parametrize(f"{name}_example", list(examples.items()), ids=list(examples))
        if "short_link" in metafunc.fixturenames:
            metafunc.parametrize("short_link", self.short_links)

    def read(self, text: str) -> UrlResult:
        """What the platform's grammar makes of a text, as the server would ask it."""
        return read_text(self.platform, text)

    # The declaration

    def test_the_declaration_has_no_problem(self) -> None:
        assert problems_with(self.platform) == []

    def test_every_scope_says_what_it_is_for(self, login: Login) -> None:
        assert all(s.purpose and s.consent_wording for s in login.scopes)

    def test_a_login_without_pkce_says_why(self, login: Login) -> None:
        assert login.pkce is not Pkce.NONE or login.why_no_pkce

    # Addresses

    def test_an_account_example_is_read(self, accounts_example: tuple[str, ProfileRef]) -> None:
        text, ref = accounts_example

        assert self.read(text) == ref

    def test_a_post_example_is_told_from_an_account(self, posts_example: tuple[str, str]) -> None:
        text, post_id = posts_example

        result = self.read(text)

        assert isinstance(result, PostRef) and result.post_id == post_id

    def test_what_is_no_account_is_refused_with_a_hint(
        self, not_accounts_example: tuple[str, NotAnAccountKind]
    ) -> None:
        text, kind = not_accounts_example

        result = self.read(text)

        assert isinstance(result, NotAnAccount) and result.kind is kind
        assert result.hint.endswith(".")

    def test_a_short_link_asks_to_be_resolved_at_a_declared_host(self, short_link: str) -> None:
        result = self.read(short_link)

        assert isinstance(result, NeedsResolving)
        assert urlsplit(result.url).hostname in self.platform.urls.short_hosts

    def test_a_wrapper_gives_what_it_wraps(self, wrappers_example: tuple[str, str]) -> None:
        text, inner = wrappers_example

        assert self.read(text) == Wrapped(inner)

    def test_reading_the_profile_url_gives_the_account_back(self) -> None:
        """parse ∘ profile_url = identity, for examples and for generated handles."""
        for ref in self.accounts.values():
            assert self.read(self.platform.urls.profile_url(ref)) == ref

        @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
        @given(self.handles)
        def round_trip(handle: str) -> None:
            ref = self.platform.urls.parse_handle(handle)
            assert isinstance(ref, ProfileRef), ref
            assert self.read(self.platform.urls.profile_url(ref)) == ref

        round_trip()

    def test_any_text_gets_an_answer_and_never_an_exception(self) -> None:
        domain = sorted(self.platform.urls.domains)[0]

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.text(max_size=80))
        def reads(text: str) -> None:
            self.read(text)
            self.read(f"https://{domain}/{text}")
            self.read(f"https://www.{domain}/?{text}")

        reads()

    def test_hostile_texts_cost_milliseconds(self) -> None:
        domain = sorted(self.platform.urls.domains)[0]
        started = time.process_time()

        for text in (*HOSTILE, "a" * 1_000_000, "https://" + "/" * 1_000_000):
            self.read(text)
            self.read(f"https://{domain}/{text}")

        assert time.process_time() - started < 1.0

    # Consent

    def authorize_url(self, login: Login, **changes: Any) -> str:
        fields: dict[str, Any] = {
            "client": self.client,
            "redirect_uri": REDIRECT_URI,
            "state": "the-state",
            "scopes": login.scope_names(),
            "code_challenge": code_challenge(VERIFIER, login.pkce),
        }
        return login.authorize_url(AuthorizeRequest(**(fields | changes)))

    def test_the_authorize_url_is_the_code_flow_at_a_declared_host(self, login: Login) -> None:
        parts = urlsplit(self.authorize_url(login))
        query = parse_qs(parts.query, keep_blank_values=True)

        assert parts.scheme == "https" and parts.hostname in login.hosts
        assert query["response_type"] == ["code"]
        assert query["state"] == ["the-state"] and query["redirect_uri"] == [REDIRECT_URI]
        assert all(len(values) == 1 for values in query.values())

    def test_the_authorize_url_asks_for_the_catalogue_and_nothing_else(self, login: Login) -> None:
        query = parse_qs(urlsplit(self.authorize_url(login)).query)
        asked = set(re.split(r"[ ,]+", query["scope"][0]))

        assert asked == set(login.scope_names())
        assert not asked & login.refused_scopes

    def test_the_authorize_url_holds_no_secret(self, login: Login) -> None:
        for reconnect in (False, True):
            url = self.authorize_url(login, reconnect=reconnect)
            assert self.client.client_secret not in url and VERIFIER not in url

    def test_a_pkce_login_sends_its_challenge(self, login: Login) -> None:
        query = parse_qs(urlsplit(self.authorize_url(login)).query)

        if login.pkce is Pkce.NONE:
            assert "code_challenge" not in query
        else:
            assert query["code_challenge"] == [code_challenge(VERIFIER, login.pkce)]
            assert query["code_challenge_method"] == ["S256"]

    # Answers

    def test_garbage_answers_are_classified_without_an_exception(self, login: Login) -> None:
        bodies = (
            b"",
            b"null",
            b"[]",
            b'"x"',
            b"<html>",
            b"{}",
            b'{"error":5}',
            b'{"error":{"code":"x"}}',
            b"\xff",
        )
        for status in (200, 302, 400, 401, 403, 404, 429, 500, 502, 503):
            for body in bodies:
                error = login.classify(Response(status, {}, body), "probe")
                assert status < 400 or error is not None, (status, body)

    def test_an_outage_never_ends_a_grant(self, login: Login) -> None:
        from linkroll_sdk.errors import ReauthorizationRequired

        for status in (429, 500, 502, 503, 504):
            error = login.classify(Response(status, {}, b"<html>busy</html>"), "probe")
            assert error is not None and not isinstance(error, ReauthorizationRequired)


def read_text(platform: Platform, text: str) -> UrlResult:
    """Read *text* with one platform's grammar: as an address when it looks like one, else as a handle."""
    address = read_address(text)
    if address is not None and _looks_like_address(text, address) and platform.urls.claims(address):
        return platform.urls.parse(address)
    if len(text) > MAX_TEXT:
        return None
    return platform.urls.parse_handle(clean_text(text))


def _looks_like_address(text: str, address: Address) -> bool:
    return "/" in text or ":" in text or "." in address.host


def allowance_of(login: Login) -> Allowance:
    """What the server's client would allow this login."""
    return Allowance(login.hosts, login.operations)
