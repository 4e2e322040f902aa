"""Callbacks that the platforms send: signed as they sign, and wrong in one thing when a test wants it."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from joserfc import jwk, jws, jwt
from joserfc.errors import BadSignatureError

from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.content.numbers import post_total
from linkroll_sandbox.world import World

EXCHANGES = {
    "tiktok": "https://open.tiktokapis.com/v2/oauth/token/",
    "google": "https://oauth2.googleapis.com/token",
}
REDIRECT = "http://127.0.0.1:8000/oauth/callback"
CERTS = "https://www.googleapis.com/oauth2/v3/certs"
DISCOVERY = "https://accounts.google.com/.well-known/risc-configuration"
EVENTS = "https://schemas.openid.net/secevent"


@dataclass
class Receiver:
    """A small web server that keeps what reaches it and answers what it was told to."""

    base: str = ""
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)
    #: What it does before it answers.
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        seen = {"method": request.method, "path": request.path, "query": dict(request.query), "body": body}
        self.got.append({**seen, "headers": {name.lower(): one for name, one in request.headers.items()}})
        if self.meanwhile:
            await self.meanwhile()
        return web.Response(status=self.status, text=request.query.get("hub.challenge", "thanks"))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", found.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
async def listening(sandbox, receiver):
    """The receiver, registered for everything."""
    addresses = {
        "facebook": {"deauthorize": "/f/d", "data-deletion": "/f/dd", "webhook": "/f/w"},
        "instagram": {"deauthorize": "/i/d", "data-deletion": "/i/dd"},
        "tiktok": {"webhook": "/t/w"},
        "google": {"security-events": "/g/s"},
    }
    whole = {
        login: {name: receiver.base + path for name, path in named.items()}
        for login, named in addresses.items()
    }
    await sandbox.control("PUT", "/callbacks", whole)
    return receiver


async def send(sandbox, login, kind, **more):
    return await sandbox.control(
        "POST", "/deliveries", {"login": login, "kind": kind, "person": "mara", **more}
    )


async def tokens_of(sandbox, login, person="mara", **changes):
    extra = {"google": {"access_type": "offline", "prompt": "consent"}, "tiktok": {"disable_auto_auth": "1"}}
    callback = await sandbox.consent(login, person, **(extra[login] | changes))
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": callback["code"]}
    return (await sandbox.post(EXCHANGES[login], **sandbox.secrets(login), **form)).json


def opened(parcel, secret):
    """The JSON of a signed_request, and whether its signature holds."""
    [text] = parse_qs(parcel["body"].decode())["signed_request"]
    signature, _, body = text.partition(".")
    expected = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
    return json.loads(unpadded(body)), unpadded(signature) == expected


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    ("login", "path", "user_id"),
    [("facebook", "/f/d", "102030405060708"), ("instagram", "/i/d", "26040011223344556")],
)
async def test_a_deauthorization_is_signed_with_that_logins_own_secret(
    sandbox, listening, login, path, user_id
):
    await send(sandbox, login, "deauthorize")

    [parcel] = listening.got
    payload, holds = opened(parcel, sandbox.apps[login]["client_secret"])
    assert (parcel["method"], parcel["path"], holds) == ("POST", path, True)
    assert (payload["user_id"], payload["algorithm"]) == (user_id, "HMAC-SHA256")


async def test_a_deletion_goes_to_its_own_address(sandbox, listening):
    await send(sandbox, "facebook", "data-deletion")

    assert [parcel["path"] for parcel in listening.got] == ["/f/dd"]


async def test_a_forged_signature_does_not_hold(sandbox, listening):
    await send(sandbox, "facebook", "deauthorize", forge="signature")

    _, holds = opened(listening.got[0], sandbox.apps["facebook"]["client_secret"])
    assert not holds


async def test_a_stale_request_is_old_by_the_sandboxes_clock(sandbox, listening):
    await send(sandbox, "facebook", "deauthorize")
    await send(sandbox, "facebook", "deauthorize", forge="stale")

    fresh, stale = (opened(one, sandbox.apps["facebook"]["client_secret"])[0] for one in listening.got)
    assert fresh["issued_at"] - stale["issued_at"] > 86_400


async def test_another_algorithm_is_named_in_the_request(sandbox, listening):
    await send(sandbox, "instagram", "deauthorize", forge="algorithm")

    payload, _ = opened(listening.got[0], sandbox.apps["instagram"]["client_secret"])
    assert payload["algorithm"] == "HMAC-SHA1"


async def test_the_caller_hears_what_the_receiver_said_each_time(sandbox, listening):
    listening.status = 503

    told = await send(sandbox, "tiktok", "authorization.removed", repeat=3)

    assert [(one["status"], one["body"]) for one in told["tries"]] == [(503, "thanks")] * 3
    assert len({parcel["body"] for parcel in listening.got}) == 1
    assert told["sent"]["body"].encode() == listening.got[0]["body"]


async def test_nobody_at_the_address_is_told_as_well(sandbox):
    await sandbox.control("PUT", "/callbacks", {"tiktok": {"webhook": "http://127.0.0.1:9/"}})

    told = await send(sandbox, "tiktok", "authorization.removed")

    assert "refused" in told["tries"][0]["error"]


async def test_the_webhook_challenge_is_echoed(sandbox, listening):
    told = await send(sandbox, "facebook", "challenge", verify_token="let-me-in")

    query = listening.got[0]["query"]
    assert (query["hub.mode"], query["hub.verify_token"]) == ("subscribe", "let-me-in")
    assert told["tries"][0]["body"] == query["hub.challenge"]


@pytest.mark.parametrize(("forge", "holds"), [(None, True), ("signature", False)], ids=["true", "forged"])
async def test_tiktok_signs_the_moment_and_the_raw_body(sandbox, listening, forge, holds):
    await send(sandbox, "tiktok", "authorization.removed", reason=4, forge=forge)

    [parcel] = listening.got
    moment, signature = (part.partition("=")[2] for part in parcel["headers"]["tiktok-signature"].split(","))
    secret = sandbox.apps["tiktok"]["client_secret"].encode()
    expected = hmac.new(secret, f"{moment}.".encode() + parcel["body"], hashlib.sha256).hexdigest()
    assert (signature == expected) is holds
    event = json.loads(parcel["body"])
    assert (event["user_openid"], event["event"]) == ("-000mK3xExampleOpenId91", "authorization.removed")
    assert json.loads(event["content"]) == {"reason": 4}


async def test_a_stale_tiktok_event_keeps_its_create_time(sandbox, listening):
    await send(sandbox, "tiktok", "authorization.removed", forge="stale")

    [parcel] = listening.got
    signed_at = int(parcel["headers"]["tiktok-signature"].partition(",")[0].removeprefix("t="))
    assert json.loads(parcel["body"])["create_time"] - signed_at > 300


async def test_an_event_of_another_name_is_signed_like_any(sandbox, listening):
    await send(sandbox, "tiktok", "something.new")

    assert json.loads(listening.got[0]["body"])["event"] == "something.new"


async def verified(sandbox, parcel):
    """The claims of a security event, if a published key signed it."""
    certs = (await sandbox.get(CERTS)).json
    text = parcel["body"].decode()
    return jwt.decode(text, jwk.KeySet.import_key_set(certs), algorithms=["RS256"]).claims


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("sessions-revoked", "risc/event-type/sessions-revoked"),
        ("tokens-revoked", "oauth/event-type/tokens-revoked"),
        ("account-disabled", "risc/event-type/account-disabled"),
        ("account-enabled", "risc/event-type/account-enabled"),
        ("account-credential-change-required", "risc/event-type/account-credential-change-required"),
        ("account-purged", "risc/event-type/account-purged"),
    ],
)
async def test_a_security_event_names_the_google_account(sandbox, listening, kind, type_):
    await send(sandbox, "google", kind)

    [parcel] = listening.got
    claims = await verified(sandbox, parcel)
    subject = claims["events"][f"{EVENTS}/{type_}"]["subject"]
    assert parcel["headers"]["content-type"] == "application/secevent+jwt"
    assert (claims["iss"], claims["aud"]) == (
        "https://accounts.google.com/",
        sandbox.apps["google"]["client_id"],
    )
    assert (subject["subject_type"], subject["sub"]) == ("iss-sub", "109876543210987654321")


async def test_a_disabled_account_may_come_with_its_reason(sandbox, listening):
    await send(sandbox, "google", "account-disabled", reason="hijacking")

    [event] = (await verified(sandbox, listening.got[0]))["events"].values()
    assert event["reason"] == "hijacking"


async def test_a_verification_brings_its_state(sandbox, listening):
    await send(sandbox, "google", "verification", state="st-9")

    [event] = (await verified(sandbox, listening.got[0]))["events"].values()
    assert event == {"state": "st-9"}


async def test_a_revoked_token_is_named_by_its_double_hash(sandbox, listening):
    tokens = await tokens_of(sandbox, "google")
    await send(sandbox, "google", "token-revoked")

    [event] = (await verified(sandbox, listening.got[0]))["events"].values()
    once = hashlib.sha512(tokens["refresh_token"].encode()).digest()
    assert event["subject"]["token_type"] == "refresh_token"
    assert event["subject"]["token_identifier_alg"] == "hash_base64_sha512_sha512"
    assert event["subject"]["token"] == base64.b64encode(hashlib.sha512(once).digest()).decode()


async def test_of_several_refresh_tokens_the_newest_live_one_is_named(sandbox, listening):
    await tokens_of(sandbox, "google")
    living = await tokens_of(sandbox, "google")
    await send(sandbox, "google", "token-revoked", identifier="prefix")

    [event] = (await verified(sandbox, listening.got[0]))["events"].values()
    assert event["subject"]["token"] == living["refresh_token"][:16]


async def test_a_revoked_token_can_be_named_by_its_beginning(sandbox, listening):
    tokens = await tokens_of(sandbox, "google")
    await send(sandbox, "google", "token-revoked", identifier="prefix")

    [event] = (await verified(sandbox, listening.got[0]))["events"].values()
    assert event["subject"]["token"] == tokens["refresh_token"][:16]


async def test_a_security_event_with_a_forged_signature_is_not_googles(sandbox, listening):
    await send(sandbox, "google", "tokens-revoked", forge="signature")

    with pytest.raises(BadSignatureError):
        await verified(sandbox, listening.got[0])


async def test_an_unknown_key_is_not_in_the_key_set(sandbox, listening):
    await send(sandbox, "google", "tokens-revoked", forge="unknown_key")

    header = jws.extract_compact(listening.got[0]["body"]).headers()
    published = [one["kid"] for one in (await sandbox.get(CERTS)).json["keys"]]
    assert header["kid"] not in published


async def test_an_event_for_another_app_names_it(sandbox, listening):
    await send(sandbox, "google", "tokens-revoked", forge="audience")

    claims = await verified(sandbox, listening.got[0])
    assert claims["aud"] != sandbox.apps["google"]["client_id"]


async def test_an_event_without_a_signature_says_so_itself(sandbox, listening):
    await send(sandbox, "google", "tokens-revoked", forge="algorithm")

    head, _, signature = listening.got[0]["body"].decode().split(".")
    assert (json.loads(unpadded(head))["alg"], signature) == ("none", "")


async def test_a_late_event_is_still_googles(sandbox, listening):
    """Receivers are told not to look at the age: a late event is true."""
    await send(sandbox, "google", "tokens-revoked")
    await send(sandbox, "google", "tokens-revoked", forge="stale")

    fresh, late = [await verified(sandbox, parcel) for parcel in listening.got]
    assert fresh["iat"] - late["iat"] > 365 * 86_400


async def test_a_repeated_event_keeps_its_number(sandbox, listening):
    await send(sandbox, "google", "tokens-revoked", repeat=2)
    await send(sandbox, "google", "tokens-revoked")

    numbers = [(await verified(sandbox, parcel))["jti"] for parcel in listening.got]
    assert numbers[0] == numbers[1] != numbers[2]


async def test_discovery_leads_to_issuer_and_keys(sandbox):
    answer = (await sandbox.get(DISCOVERY)).json

    assert (answer["issuer"], answer["jwks_uri"]) == ("https://accounts.google.com/", CERTS)


async def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies(sandbox, listening):
    await send(sandbox, "google", "tokens-revoked")
    await sandbox.control("POST", "/google/rotate-keys")
    await send(sandbox, "google", "tokens-revoked")

    signers = [jws.extract_compact(parcel["body"]).headers()["kid"] for parcel in listening.got]
    published = [one["kid"] for one in (await sandbox.get(CERTS)).json["keys"]]
    assert signers == ["sandbox-1", "sandbox-2"]
    assert published == ["sandbox-2", "sandbox-1"]
    assert [(await verified(sandbox, one))["iss"] for one in listening.got]


async def test_a_key_can_be_taken_out_at_once(sandbox):
    await sandbox.control("POST", "/google/rotate-keys", {"keep_old": False})

    assert [one["kid"] for one in (await sandbox.get(CERTS)).json["keys"]] == ["sandbox-2"]


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.example/hook", "http://192.168.1.4/hook", "ftp://127.0.0.1/"],
    ids=["far", "near", "other scheme"],
)
async def test_only_addresses_on_this_machine_can_be_registered(sandbox, url):
    answer = await sandbox.try_control("PUT", "/callbacks", {"tiktok": {"webhook": url}})

    assert answer.status == 400
    assert "this machine" in answer.json["error"]
    assert await sandbox.control("GET", "/callbacks") == {}


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"login": "tiktok", "kind": "deauthorize", "person": "mara"}, "authorization.removed"),
        ({"login": "tiktok", "kind": "authorization.removed", "person": "nobody"}, "mara, ben"),
        (
            {"login": "tiktok", "kind": "authorization.removed", "person": "mara", "forge": "audience"},
            "signature, stale",
        ),
        ({"login": "tiktok", "kind": "authorization.removed", "person": "mara", "reason": 6}, "0 to 5"),
        ({"login": "tiktok", "kind": "authorization.removed", "person": "mara", "repeat": 0}, "1 to 20"),
        ({"login": "facebook", "kind": "challenge", "person": "mara"}, "verify_token"),
        ({"login": "google", "kind": "token-revoked", "person": "ben"}, "never gave"),
        ({"login": "instagram", "kind": "deauthorize", "person": "emil"}, "no such account"),
    ],
    ids=["kind", "person", "forge", "reason", "repeat", "verify token", "no token", "no account"],
)
async def test_an_order_that_makes_no_sense_is_answered_with_what_does(sandbox, listening, order, sentence):
    answer = await sandbox.try_control("POST", "/deliveries", order)

    assert answer.status == 400
    assert sentence in answer.json["error"]
    assert listening.got == []


async def test_without_an_address_the_order_says_where_to_register_one(sandbox):
    order = {"login": "tiktok", "kind": "authorization.removed", "person": "mara"}

    answer = await sandbox.try_control("POST", "/deliveries", order)

    assert "PUT /callbacks" in answer.json["error"]


async def test_removing_the_app_sends_nothing_by_itself(sandbox, listening):
    await tokens_of(sandbox, "tiktok")

    await sandbox.act("mara", "remove-app", login="tiktok")

    assert listening.got == []


@pytest.mark.parametrize(
    ("login", "path"),
    [("facebook", "/f/d"), ("instagram", "/i/d"), ("tiktok", "/t/w"), ("google", "/g/s")],
)
async def test_with_the_switch_on_removing_the_app_sends_the_platforms_callback(
    sandbox, listening, login, path
):
    await sandbox.switch(callbacks_automatic="on")
    await sandbox.consent(login, "mara")

    await sandbox.act("mara", "remove-app", login=login)
    await sandbox.act("mara", "remove-app", login=login)

    assert [parcel["path"] for parcel in listening.got] == [path]


async def test_google_says_nothing_about_somebody_who_shared_no_profile(sandbox, listening):
    await sandbox.switch(callbacks_automatic="on")
    await sandbox.consent("google", "mara", scope="https://www.googleapis.com/auth/youtube.readonly")

    await sandbox.act("mara", "remove-app", login="google")

    assert listening.got == []


async def test_tiktok_names_the_reason_of_what_happened(sandbox, listening):
    await sandbox.switch(callbacks_automatic="on")
    tokens = await tokens_of(sandbox, "tiktok")
    revoke = {**sandbox.secrets("tiktok"), "token": tokens["access_token"]}
    await sandbox.post("https://open.tiktokapis.com/v2/oauth/revoke/", **revoke)
    await tokens_of(sandbox, "tiktok")
    await sandbox.act("mara", "remove-app", login="tiktok")
    await tokens_of(sandbox, "tiktok")
    await sandbox.act("mara", "close-account", platform="tiktok")

    reasons = [json.loads(json.loads(one["body"])["content"])["reason"] for one in listening.got]
    assert reasons == [5, 1, 2]


async def test_the_token_is_dead_when_its_callback_arrives(sandbox, listening):
    """A receiver that asks the platform back must get the answer that a late one gets."""
    await sandbox.switch(callbacks_automatic="on")
    tokens = await tokens_of(sandbox, "tiktok")
    statuses = []

    async def ask_back():
        url = "https://open.tiktokapis.com/v2/user/info/"
        statuses.append((await sandbox.bearer(url, tokens["access_token"], fields="open_id")).status)

    listening.meanwhile = ask_back
    await sandbox.act("mara", "remove-app", login="tiktok")

    assert statuses == [401]


async def test_a_story_ends_with_its_last_numbers(sandbox, listening):
    await send(sandbox, "facebook", "story_insights")

    [parcel] = listening.got
    secret = sandbox.apps["facebook"]["client_secret"].encode()
    expected = hmac.new(secret, parcel["body"], hashlib.sha256).hexdigest()
    [entry] = json.loads(parcel["body"])["entry"]
    [change] = entry["changes"]
    assert parcel["headers"]["x-hub-signature-256"] == f"sha256={expected}"
    assert (entry["id"], change["field"]) == ("17841400000000123", "story_insights")
    assert change["value"]["impressions"] >= change["value"]["reach"] > 0


async def test_the_last_numbers_of_a_story_are_the_truth(serve, receiver):
    world = World()
    story = library.stories(world, accounts.named(world.cast, "instagram", "mara.bakes"))[7]
    async with serve(world) as sandbox:
        await sandbox.control("PUT", "/callbacks", {"facebook": {"webhook": receiver.base}})
        await send(sandbox, "facebook", "story_insights", media=story.id)

    value = json.loads(receiver.got[0]["body"])["entry"][0]["changes"][0]["value"]
    names = {"impressions": "views", "taps_back": "tap_back", "exits": "tap_exit", "replies": "replies"}
    assert value["media_id"] == story.id
    assert {name: value[name] for name in names} == {
        name: post_total(story, metric, story.ends_at) for name, metric in names.items()
    }


async def test_a_forged_webhook_does_not_hold(sandbox, listening):
    await send(sandbox, "facebook", "story_insights", forge="signature")

    [parcel] = listening.got
    secret = sandbox.apps["facebook"]["client_secret"].encode()
    expected = hmac.new(secret, parcel["body"], hashlib.sha256).hexdigest()
    assert parcel["headers"]["x-hub-signature-256"] != f"sha256={expected}"


async def test_an_older_webhook_signature_comes_alone(sandbox, listening):
    await send(sandbox, "facebook", "story_insights", forge="algorithm")

    headers = listening.got[0]["headers"]
    assert "x-hub-signature-256" not in headers
    assert headers["x-hub-signature"].startswith("sha1=")


async def test_a_story_that_is_not_over_has_no_last_numbers(serve, receiver):
    world = World()
    async with serve(world) as sandbox:
        await sandbox.control("PUT", "/callbacks", {"facebook": {"webhook": receiver.base}})
        account = accounts.named(world.cast, "instagram", "mara.bakes")
        story = library.publish(world, account, "STORY", "")
        order = {"login": "facebook", "kind": "story_insights", "person": "mara", "media": story.id}
        answer = await sandbox.try_control("POST", "/deliveries", order)

    assert "no such story" in answer.json["error"]


async def test_the_register_outlives_a_restart(serve, tmp_path):
    addresses = {"google": {"security-events": "http://127.0.0.1:8000/g"}}
    async with serve(World(), tmp_path / "state.json") as sandbox:
        await sandbox.control("PUT", "/callbacks", addresses)
        await sandbox.control("POST", "/google/rotate-keys")

    async with serve(World(), tmp_path / "state.json") as sandbox:
        assert await sandbox.control("GET", "/callbacks") == addresses
        assert (await sandbox.get(CERTS)).json["keys"][0]["kid"] == "sandbox-2"


async def test_a_callback_address_keeps_its_own_query(sandbox, receiver):
    address = f"{receiver.base}/hook?tenant=1"
    await sandbox.control("PUT", "/callbacks", {"facebook": {"webhook": address}})

    told = await send(sandbox, "facebook", "challenge", verify_token="t")

    assert receiver.got[0]["query"]["tenant"] == "1"
    assert urlsplit(told["sent"]["url"]).query.startswith("tenant=1&hub.mode=subscribe")
