"""Whatever is sent, the answer is a clear, coded error: never a 5xx, never our inside, and nothing is lost."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from server.ids import global_id
from server.services.callers.viewers import Role
from support.browser import Browser
from support.client import Client
from support.roster import Roster
from support.server import Server
from support.snapshots import snapshot

WHOAMI = {"query": "{ viewer { name } }"}
JSON = {"Content-Type": "application/json"}
INSIDE = (
    "Traceback",
    "asyncpg",
    "SELECT",
    "codec",
    "padding",
    "tortoise",
    "site-packages",
    "object at 0x",
    "NoneType",
)


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """An admin."""
    return await server.client(Role.ADMIN)


Body = bytes | str | io.BytesIO | AsyncIterator[bytes]


async def post(client: Client, body: Body, **headers: str) -> tuple[int, Any]:
    """The status and the JSON answer of a raw request, which must not show our inside."""
    return await request(client, "POST", body, **headers)


async def request(
    client: Client, method: str, body: Body = b"", path: str = "/graphql", **headers: str
) -> tuple[int, Any]:
    """The status and the JSON answer of any request."""
    sent = {**JSON, "Authorization": f"Bearer {client.key}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.session.request(
        method, f"{client.url}{path}", data=body or None, headers=sent, skip_auto_headers=["Accept-Encoding"]
    ) as answer:
        text = await answer.text()
    assert not any(word in text for word in INSIDE), text
    return answer.status, json.loads(text)


def code(answer: Any) -> str:
    """The code of the one error."""
    (error,) = answer["errors"]
    return str(error["extensions"]["code"])


# Bodies

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "true": b"true",
    "an empty list": b"[]",
    "a batch": json.dumps([WHOAMI, WHOAMI]).encode(),
    "an empty object": b"{}",
    "half an object": b'{"query": "{ viewer',
    "two objects": b"{}{}",
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": json.dumps(WHOAMI).encode("utf-16"),
    "half a character": b'{"query": "{ viewer { name } } # \\ud800"}',
    "NaN": b'{"query": "{ viewer { name } }", "variables": {"a": NaN}}',
    "a deep list": b"[" * 100_000,
    "a deep value": b'{"query": "{ viewer { name } }", "variables": {"a": '
    + b"[" * 5000
    + b"]" * 5000
    + b"}}",
    "a number of 200,000 digits": b'{"query": "{ viewer { name } }", "variables": {"a": '
    + b"9" * 200_000
    + b"}}",
    "query null": b'{"query": null}',
    "query a number": b'{"query": 1}',
    "query a list": b'{"query": ["{ viewer { name } }"]}',
    "query empty": b'{"query": ""}',
    "variables a list": b'{"query": "{ viewer { name } }", "variables": []}',
    "variables a text": b'{"query": "{ viewer { name } }", "variables": "{}"}',
    "variables a number": b'{"query": "{ viewer { name } }", "variables": 1}',
    "operationName a number": b'{"query": "{ viewer { name } }", "operationName": 1}',
    "operationName unknown": b'{"query": "query A { viewer { name } }", "operationName": "B"}',
    "extensions a text": b'{"query": "{ viewer { name } }", "extensions": "x"}',
    "only fragments": b'{"query": "fragment F on Query { viewer { name } }"}',
    "several operations and no name": b'{"query": "query A { viewer { name } } query B { viewer { role } }"}',
    "a subscription": b'{"query": "subscription { accountStatusChanged { __typename } }"}',
}


async def test_a_body_that_is_no_request_is_refused(client: Client) -> None:
    answers = {name: await post(client, body) for name, body in BODIES.items()}

    wrong = {
        name: a
        for name, a in answers.items()
        if not (400 <= a[0] < 500 or a[0] == 200) or "errors" not in a[1]
    }
    assert wrong == {}
    codes = {name: code(answer) for name, (_, answer) in answers.items()}
    assert codes == dict.fromkeys(BODIES, "BAD_REQUEST")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "*/*",
    ],
)
async def test_a_body_that_is_not_declared_as_json_is_refused(client: Client, content_type: str) -> None:
    """A browser may send the simple types across origins without asking: they must not run anything."""
    status, answer = await post(client, json.dumps(WHOAMI), Content_Type=content_type)

    assert (status, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_charset_may_be_named(client: Client) -> None:
    status, answer = await post(client, json.dumps(WHOAMI), Content_Type="application/json; charset=utf-8")

    assert (status, answer) == (200, {"data": {"viewer": {"name": "admin"}}})


async def test_a_compressed_body_is_refused(client: Client) -> None:
    status, answer = await post(client, gzip.compress(json.dumps(WHOAMI).encode()), Content_Encoding="gzip")

    assert (status, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_that_says_it_is_over_one_mebibyte_is_refused(client: Client) -> None:
    status, answer = await post(client, io.BytesIO(b" " * 2**20 + b"{}"))

    assert (status, code(answer)) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_only_turns_out_to_be_too_large_is_refused(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 65_536
        yield json.dumps(WHOAMI).encode()

    status, answer = await post(client, chunks())

    assert (status, code(answer)) in [(413, "BODY_TOO_LARGE"), (400, "BAD_REQUEST")]


async def test_a_body_just_under_one_mebibyte_is_read(client: Client) -> None:
    body = json.dumps({**WHOAMI, "variables": {}}).encode()

    status, answer = await post(client, body + b" " * (2**20 - len(body)))

    assert (status, answer) == (200, {"data": {"viewer": {"name": "admin"}}})


# Methods


async def test_a_mutation_by_get_is_refused_and_does_nothing(server: Server, client: Client) -> None:
    before = await snapshot(server.host)
    query = 'mutation{createProfile(input:{displayName:"X"}){__typename}}'

    status, answer = await request(client, "GET", path=f"/graphql?query={query}")

    assert (status, code(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert await snapshot(server.host) == before


async def test_a_query_by_get_is_answered(client: Client) -> None:
    status, answer = await request(client, "GET", path="/graphql?query={viewer{name}}")

    assert (status, answer) == (200, {"data": {"viewer": {"name": "admin"}}})


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?query=",
        "?query={",
        "?query={viewer{name}}&variables=[",
        "?query={viewer{name}}&variables=[]",
        "?q=1",
    ],
)
async def test_a_get_that_is_no_request_is_refused(client: Client, query: str) -> None:
    status, answer = await request(client, "GET", path=f"/graphql{query}")

    assert (status, code(answer)) in [(400, "BAD_REQUEST"), (404, "NOT_FOUND"), (200, "GRAPHQL_PARSE_FAILED")]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
async def test_another_method_is_not_allowed(client: Client, method: str) -> None:
    status, answer = await request(client, method, json.dumps(WHOAMI))

    assert (status, code(answer)) == (405, "METHOD_NOT_ALLOWED")


# Documents

DOCUMENTS = {
    "syntax": ("{", "GRAPHQL_PARSE_FAILED"),
    "half a character": ('{ node(id: "\\ud800") { id } }', "GRAPHQL_PARSE_FAILED"),
    "a control character": ("{ viewer { na\x00me } }", "GRAPHQL_PARSE_FAILED"),
    "5,000 tokens": ("{" + "viewer{name}" * 1250 + "}", "GRAPHQL_PARSE_FAILED"),
    "1,000 levels": ("{a" * 1000 + "}" * 1000, "GRAPHQL_PARSE_FAILED"),
    "a list 1,000 levels deep": ("{a(x:" + "[" * 1000 + "]" * 1000 + ")}", "GRAPHQL_PARSE_FAILED"),
    "an unknown field": ("{ tokens }", "GRAPHQL_VALIDATION_FAILED"),
    "an unknown argument": ("{ profiles(limit: 1) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
    "no selection": ("{ viewer }", "GRAPHQL_VALIDATION_FAILED"),
    "a fragment in a circle": ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
    "an unused variable": ("query ($a: Int) { viewer { name } }", "GRAPHQL_VALIDATION_FAILED"),
    "an undefined variable": ("{ profiles(first: $a) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
    "a value of the wrong type": ('{ profiles(first: "1") { totalCount } }', "GRAPHQL_VALIDATION_FAILED"),
    "a number too large": ("{ profiles(first: 99999999999) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
    "one field in two forms": ("{ viewer { a: name a: role } }", "GRAPHQL_VALIDATION_FAILED"),
    "an unknown platform": (
        '{ socialAccounts(filter: {platforms: ["x"]}) { totalCount } }',
        "UNKNOWN_PLATFORM",
    ),
    "a naive time": (
        '{ socialAccounts(filter: {expiringBefore: "2026-01-01T00:00:00"}) { totalCount } }',
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "both targets at once": (
        'mutation { connectSocialAccount(input: {target: {socialAccountId: "a", profilePlatform:'
        ' {profileId: "b", platform: "tiktok"}}}) { __typename } }',
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "101 ids": (f"{{ nodes(ids: [{'1 ' * 101}]) {{ id }} }}", "INVALID_PAGE"),
}


async def test_a_malformed_document_gets_its_code(client: Client) -> None:
    codes = {name: code(await client.send(document)) for name, (document, _) in DOCUMENTS.items()}

    assert codes == {name: expected for name, (_, expected) in DOCUMENTS.items()}


async def test_no_error_suggests_names(client: Client) -> None:
    """Suggestions tell a stranger the schema, letter by letter."""
    answers = [
        await client.send(q)
        for q in ("{ viewe { name } }", "{ viewer { nam } }", "{ profiles(frst: 1) { nodes { id } } }")
    ]

    assert "Did you mean" not in json.dumps(answers)


# Ids and texts

IDS = {
    "empty": "",
    "no base64": "%%%",
    "not ASCII": "ÄÖ",
    "binary": "////",
    "no colon": "UHJvZmlsZQ==",
    "another type": global_id("SocialAccount", 1),
    "a type of nothing": global_id("ApiKey", 1),
    "row 0": global_id("Profile", 0),
    "row -1": global_id("Profile", -1),
    "row 01": global_id("Profile", "01"),
    "row 1.0": global_id("Profile", "1.0"),
    "row beyond all": global_id("Profile", 2**63),
    "row of 3,000 digits": global_id("Profile", "9" * 3000),
    "Arabic digits": global_id("Profile", "\u0661"),
    "an injection": global_id("Profile", "1 OR 1=1"),
    "a newline": global_id("Profile", "1\n"),
    "a NUL": global_id("Profile", "1\x00"),
    "a megabyte": "QQ==" * 200_000,
}


async def test_what_is_no_id_finds_nothing(client: Client) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } profile(id: $id) { id } socialAccount(id: $id) { id } }"
    attempt = "query ($id: ID!) { connectAttempt(id: $id) { id } }"

    found = {
        name: {**await client.ask(query, id=text), "attempt": await client.ask(attempt, id=text)}
        for name, text in IDS.items()
    }

    nothing = {"node": None, "profile": None, "socialAccount": None, "attempt": None}
    assert found == dict.fromkeys(IDS, nothing)


async def test_what_is_no_id_changes_nothing(server: Server, client: Client) -> None:
    before = await snapshot(server.host)
    change = "mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { ... on ProfileNotFound { code id } } }"

    answers = {
        name: await client.ask(change, i={"id": text, "displayName": "X"}) for name, text in IDS.items()
    }

    assert {name: a["code"] for name, a in answers.items()} == dict.fromkeys(IDS, "PROFILE_NOT_FOUND")
    assert max(len(a["id"]) for a in answers.values()) <= 200
    assert await snapshot(server.host) == before


NAMES = {
    "empty": "",
    "blank": " \t\u00a0\u3000",
    "201 characters": "x" * 201,
    "half a megabyte": "x" * 500_000,
    "a newline": "Mara\nLinden",
    "a NUL": "Mara\x00",
    "an escape": "\x1b[31mMara",
    "a line separator": "Mara\u2028Linden",
    "a C1 control": "Mara\x85Linden",
    "200 marks on one letter and more": "e" + "\u0301" * 900,
}


@pytest.mark.parametrize("field", ["displayName", "externalId"])
async def test_a_text_that_cannot_be_kept_is_refused_by_field(
    server: Server, client: Client, field: str
) -> None:
    create = """mutation ($i: CreateProfileInput!) { createProfile(input: $i) {
      __typename ... on InvalidInput { code field problem } } }"""
    before = await snapshot(server.host)

    answers = {
        name: await client.ask(create, i={"displayName": "Mara", field: text}) for name, text in NAMES.items()
    }

    told = {name: (a["__typename"], a.get("field")) for name, a in answers.items()}
    assert told == dict.fromkeys(NAMES, ("InvalidInput", field))
    assert await snapshot(server.host) == before


KEPT = [
    "x" * 200,
    "\N{GRINNING FACE}" * 200,
    "عُمَر",
    "O'Brien; DROP TABLE profile",
    "<script>",
    "null",
    "%s",
    "\\",
]


async def test_every_other_name_is_kept_as_it_is(client: Client) -> None:
    roster = Roster(client)
    shown = "query ($id: ID!) { profile(id: $id) { displayName externalId } }"

    profiles = {name: await roster.create_profile(name, external_id=name) for name in KEPT}

    kept = {name: await client.ask(shown, id=profile) for name, profile in profiles.items()}
    assert kept == {name: {"displayName": name, "externalId": name} for name in KEPT}


async def test_spaces_around_an_external_id_make_it_no_other(client: Client) -> None:
    roster = Roster(client)
    mara = await roster.create_profile("Mara Linden", external_id="crm-7")
    ben = await roster.create_profile("Ben Okafor")
    taken = "__typename ... on ExternalIdTaken { holder { id } }"

    created = await client.ask(
        f"mutation ($i: CreateProfileInput!) {{ createProfile(input: $i) {{ {taken} }} }}",
        i={"displayName": "Mara", "kind": "INDIVIDUAL", "externalId": " crm-7\t"},
    )
    changed = await client.ask(
        f"mutation ($i: UpdateProfileInput!) {{ updateProfile(input: $i) {{ {taken} }} }}",
        i={"id": ben, "externalId": "  crm-7 "},
    )

    assert created == changed == {"__typename": "ExternalIdTaken", "holder": {"id": mara}}


ADDRESSES = {
    "empty": "",
    "blank": "  ",
    "half a megabyte": "https://www.tiktok.com/@" + "a" * 500_000,
    "a NUL": "https://www.tiktok.com/@ma\x00ra",
    "a newline": "https://www.tiktok.com/@ma\nra",
    "half an address": "https://",
    "a port of words": "https://www.tiktok.com:port/@mara",
    "brackets": "https://[::1/@mara",
    "dots": "https://www.tiktok.com/../../@mara/../..",
    "a password": "https://www.tiktok.com@evil.example/@mara",
    "another scheme": "javascript:alert(1)",
    "a file": "file:///etc/passwd",
    "our own network": "http://169.254.169.254/latest/meta-data",
    "percent signs": "https://www.tiktok.com/@%00%ff%",
    "a long host": "https://" + "a." * 1000 + "com/x",
    "markup": "<script>alert(1)</script>",
    "braces": "{{7*7}}${7*7}",
}


async def test_an_account_that_is_none_is_refused_without_a_trace(server: Server, client: Client) -> None:
    roster = Roster(client)
    mara = await roster.create_profile("Mara Linden")
    before = await snapshot(server.host)

    answers = {
        (name, platform): await roster.try_add(mara, text, platform)
        for name, text in ADDRESSES.items()
        for platform in (None, "tiktok", "youtube")
    }

    added = {
        key: a
        for key, a in answers.items()
        if "code" not in a and key[0] not in ("a NUL", "a newline", "dots")
    }
    assert added == {}
    assert not any(word in str(answers) for word in INSIDE)
    if not any("socialAccount" in a for a in answers.values()):
        assert await snapshot(server.host) == before


async def test_asking_who_holds_an_account_that_is_none_is_refused_alike(client: Client) -> None:
    query = "query ($url: String!) { socialAccountByUrl(url: $url) { __typename ... on Refusal { code } } }"

    answers = {name: await client.ask(query, url=text) for name, text in ADDRESSES.items()}

    assert {name for name, answer in answers.items() if "code" not in answer} == set()


RETURN_URLS = [
    *("", "x", "\x00", "x" * 500_000, "javascript:1"),
    *("https://", "https://evil.example", "https://[", "https://a:b"),
]


async def test_a_return_url_that_is_none_is_refused(server: Server, client: Client) -> None:
    roster = Roster(client)
    mara = await roster.create_profile("Mara Linden")
    target = {"profilePlatform": {"profileId": mara, "platform": "tiktok"}}
    before = await snapshot(server.host)

    answers = [await roster.try_connect(target=target, returnUrl=url) for url in RETURN_URLS]

    assert {answer["__typename"] for answer in answers} == {"ReturnUrlNotAllowed"}
    assert await snapshot(server.host) == before


@pytest.mark.parametrize("login", ["", "x", "\x00", "google", "x" * 500_000], ids=lambda text: repr(text[:9]))
async def test_a_login_that_does_not_serve_the_platform_is_refused(client: Client, login: str) -> None:
    roster = Roster(client)
    mara = await roster.create_profile("Mara Linden")
    target = {"profilePlatform": {"profileId": mara, "platform": "tiktok"}}

    answer = await roster.try_connect(target=target, login=login)

    assert answer["__typename"] == "LoginUnavailable"
    assert len(json.dumps(answer)) < 2000


async def test_a_choice_of_nothing_of_nonsense_or_of_too_many_is_refused(
    client: Client, browser: Browser
) -> None:
    """All or none: a long list is never cut silently."""
    roster = Roster(client)
    dina = await roster.create_profile("Dina Haddad")
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")
    usable = [c["id"] for c in attempt["candidates"] if c["usable"]]
    unknown = global_id("ConnectCandidate", "00000000-0000-4000-8000-000000000000")

    answers = [
        await roster.choose(attempt["id"], ids)
        for ids in ([], usable * 100, [*usable, "x"], [*usable, unknown], [*usable, attempt["id"]])
    ]

    refusals = [answer["__typename"] for answer in answers]
    assert refusals == ["InvalidInput"] * 2 + ["CandidateNotUsable"] * 3
    assert (await roster.attempt(attempt["id"]))["state"] == "CHOOSING"
