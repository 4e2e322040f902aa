"""A plugin that raises or answers nonsense ends its own attempts, with a word for it, and hurts nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from linkroll_sdk import Address, AuthorizeRequest, Candidate, ConfigurationRejected, Grant, TokenSet

from server.platforms import load_platforms
from server.sandbox_link import sandbox_logins
from support.browser import Browser
from support.chirp import ChirpLogin, ChirpUrls, connect_by, serve_chirp
from support.sandbox import Sandbox
from support.server import StartServer

READ = frozenset({"read"})


class Answering(ChirpLogin):
    """Answers what it is told to."""

    def __init__(self, *, grant: Any = None, candidates: Any = None) -> None:
        self.grant = grant or Grant("subject", TokenSet("token"), READ)
        self.candidates = candidates

    async def exchange(self, *_: object) -> Any:
        return self.grant

    async def discover(self, *_: object) -> Any:
        return self.candidates


class RaisingAtTheStart(ChirpLogin):
    """Fails before the browser has left."""

    def authorize_url(self, request: AuthorizeRequest) -> str:
        raise RuntimeError("secret words")


class MisconfiguredAtTheStart(ChirpLogin):
    """Finds one of the operator's options malformed."""

    def authorize_url(self, request: AuthorizeRequest) -> str:
        raise ConfigurationRejected("the option `version` is malformed", platform_code="version")


class RaisingAtTheCallback(ChirpLogin):
    """Fails over the platform's answer."""

    def read_callback(self, params: Mapping[str, str]) -> str:
        raise RuntimeError("secret words")


class RaisingAtTheExchange(ChirpLogin):
    """Fails with tokens in its hands."""

    async def exchange(self, *_: object) -> Any:
        raise RuntimeError("secret words")


def chirper(**facts: Any) -> Candidate:
    """A candidate with some of its facts changed."""
    return Candidate(**{"platform": "chirp", "platform_id": "1", "handle": "mara", **facts})


NONSENSE: dict[str, Callable[[], ChirpLogin]] = {
    "raises at the start": RaisingAtTheStart,
    "raises at the callback": RaisingAtTheCallback,
    "raises at the exchange": RaisingAtTheExchange,
    "a grant that is a text": lambda: Answering(grant="yes"),
    "an empty token": lambda: Answering(grant=Grant("subject", TokenSet(""), READ)),
    "an endless subject": lambda: Answering(grant=Grant("s" * 201, TokenSet("token"), READ)),
    "an end without a time zone": lambda: Answering(
        grant=Grant("subject", TokenSet("token"), READ, datetime(2027, 1, 1))
    ),
    "no candidates at all": lambda: Answering(candidates=None),
    "candidates that are texts": lambda: Answering(candidates=["mara"]),
    "an endless id": lambda: Answering(candidates=[chirper(platform_id="1" * 201)]),
    "an empty handle": lambda: Answering(candidates=[chirper(handle="")]),
    "a handle that is a number": lambda: Answering(candidates=[chirper(handle=7)]),
    "a handle with a NUL": lambda: Answering(candidates=[chirper(handle="ma\0ra")]),
    "a handle with half a character": lambda: Answering(candidates=[chirper(handle="mara\ud83d")]),
    "an id with half a character": lambda: Answering(candidates=[chirper(platform_id="1\ud83d")]),
    "a name with a NUL": lambda: Answering(candidates=[chirper(display_name="Ma\0ra")]),
    "fewer than no followers": lambda: Answering(candidates=[chirper(followers=-1)]),
    "more followers than a number holds": lambda: Answering(candidates=[chirper(followers=2**63)]),
    "a platform that is none": lambda: Answering(candidates=[chirper(platform=["chirp"])]),
}


@pytest.mark.parametrize("make", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_ends_the_attempt_and_is_not_believed(
    start_server: StartServer, browser: Browser, make: Callable[[], ChirpLogin]
) -> None:
    attempt = await connect_by(make(), start_server, browser)

    assert attempt["state"] == "FAILED", attempt
    assert attempt["outcome"]["__typename"] == "PlatformUnavailable"
    assert attempt["candidates"] == []
    assert "secret words" not in str(attempt)


async def test_a_name_that_a_platform_cut_in_half_is_mended(
    start_server: StartServer, browser: Browser
) -> None:
    """Platforms cut by their own count, in the middle of an emoji: no reason to refuse the account."""
    halved = chirper(display_name="Mara \ud83d", hint="\ude00 hint")

    attempt = await connect_by(Answering(candidates=[halved]), start_server, browser)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert [(c["displayName"], c["hint"]) for c in attempt["candidates"]] == [("Mara ?", "? hint")]


async def test_what_the_operator_set_wrongly_is_told_as_theirs(
    start_server: StartServer, browser: Browser
) -> None:
    attempt = await connect_by(MisconfiguredAtTheStart(), start_server, browser)

    assert attempt["outcome"]["__typename"] == "LoginMisconfigured"
    assert "operator" in attempt["outcome"]["nextStep"]


async def test_facebooks_malformed_version_is_told_as_the_operators(
    start_server: StartServer, sandbox: Sandbox, browser: Browser
) -> None:
    apps = await sandbox_logins(sandbox.url)
    malformed = apps["facebook"].model_copy(update={"options": {"version": "newest"}})
    server = await start_server(logins={**apps, "facebook": malformed})
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    attempt, authorize_url = await roster.begin(profile=mara, platform="facebook")

    landing = await browser.get(authorize_url)

    assert (await roster.attempt(attempt))["outcome"]["__typename"] == "LoginMisconfigured"
    assert landing.status == 200 and "Not connected" in landing.text


async def test_the_plugin_works_when_it_behaves(start_server: StartServer, browser: Browser) -> None:
    """The refusals above are the nonsense's, not the made-up platform's."""
    attempt = await connect_by(Answering(candidates=[chirper()]), start_server, browser)

    assert attempt["state"] == "SUCCEEDED", attempt


# A grammar of addresses that fails


class Raising(ChirpUrls):
    """Cannot read anything."""

    def claims(self, address: Address) -> bool:
        raise RuntimeError("secret words")

    def parse_handle(self, text: str) -> Any:
        raise RuntimeError("secret words")


class RaisingLate(ChirpUrls):
    """Claims its addresses, and then cannot read them."""

    def parse(self, address: Address) -> Any:
        raise RuntimeError("secret words")


GRAMMARS = {
    "over every address": (Raising(), "UNKNOWN_ADDRESS"),
    "over its own": (RaisingLate(), "NOT_AN_ACCOUNT_ADDRESS"),
}


@pytest.mark.parametrize(("urls", "code"), GRAMMARS.values(), ids=GRAMMARS.keys())
async def test_a_grammar_that_raises_hurts_only_its_own_addresses(
    start_server: StartServer, urls: ChirpUrls, code: str
) -> None:
    server = await serve_chirp(ChirpLogin(), start_server, urls=urls, beside=load_platforms().plugins)
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")

    refused = await roster.try_add(mara, "https://chirp.example/mara")
    added = await roster.try_add(mara, "https://www.tiktok.com/@marabakes")

    assert refused["code"] == code, refused
    assert added["__typename"] == "AddSocialAccountSuccess", added


async def test_a_grammar_that_raises_over_a_handle_refuses_it(start_server: StartServer) -> None:
    server = await serve_chirp(ChirpLogin(), start_server, urls=Raising())
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")

    refused = await roster.try_add(mara, "mara", "chirp")

    assert refused["code"] == "NOT_AN_ACCOUNT_ADDRESS", refused
