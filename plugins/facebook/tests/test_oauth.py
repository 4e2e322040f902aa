"""The consent of Facebook Login: addresses, tokens, deadlines, revocation."""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from linkroll_sdk import (
    AuthorizationCodeRejected,
    AuthorizeRequest,
    ClientConfig,
    CodeExchange,
    ConfigurationRejected,
    ConsentDenied,
    ConsentFailed,
    InvalidReason,
    NotRefreshable,
    PlatformUnavailable,
    ReauthorizationRequired,
    TokenSet,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, json_answer

from linkroll_facebook.oauth import FacebookLogin

REDIRECT_URI = "https://linkroll.example/oauth/facebook/callback"
CODE = CodeExchange("the-code", REDIRECT_URI)
DATA_ACCESS_END = 1810000000  # 2027-05-11, half a year after the scripted clock
GRANTED = ("public_profile", "pages_show_list", "pages_read_engagement", "read_insights")


def consent(
    expires_in: object = 5183944,
    expires_at: object = 0,
    data_access_expires_at: object = DATA_ACCESS_END,
    declined: tuple[str, ...] = (),
) -> list[Answer]:
    """The recorded answers of one exchange."""
    permissions = [{"permission": name, "status": "granted"} for name in GRANTED]
    permissions += [{"permission": name, "status": "declined"} for name in declined]
    debug = {"is_valid": True, "type": "USER", "expires_at": expires_at}
    debug |= {"data_access_expires_at": data_access_expires_at}
    long_lived = {"access_token": "EAAG0sandbox2", "token_type": "bearer", "expires_in": expires_in}
    return [
        json_answer(
            "POST",
            "/v25.0/oauth/access_token",
            {"access_token": "EAAG0sandbox1", "token_type": "bearer", "expires_in": 5107},
        ),
        json_answer("GET", "/v25.0/oauth/access_token", long_lived),
        json_answer("GET", "/v25.0/me", {"id": "102030405060708"}),
        json_answer("GET", "/v25.0/me/permissions", {"data": permissions}),
        json_answer("GET", "/v25.0/debug_token", {"data": debug}),
    ]


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def authorize(login: FacebookLogin, app: ClientConfig, *, reconnect: bool) -> str:
    request = AuthorizeRequest(app, REDIRECT_URI, "the-state", login.scope_names(), reconnect=reconnect)
    return login.authorize_url(request)


def test_the_dialog_asks_for_the_minimal_scopes(login: FacebookLogin, app: ClientConfig) -> None:
    url = authorize(login, app, reconnect=False)

    assert url.startswith("https://www.facebook.com/v25.0/dialog/oauth?")
    assert query_of(url)["scope"] == (
        "public_profile,pages_show_list,pages_read_engagement,read_insights,"
        "instagram_basic,instagram_manage_insights"
    )


@pytest.mark.parametrize(("reconnect", "auth_type"), [(False, "rerequest"), (True, "reauthorize")])
def test_a_reconnect_renews_the_data_access(
    login: FacebookLogin, app: ClientConfig, reconnect: bool, auth_type: str
) -> None:
    assert query_of(authorize(login, app, reconnect=reconnect))["auth_type"] == auth_type


def test_the_version_is_the_operators_choice(login: FacebookLogin) -> None:
    app = ClientConfig("1", "s", {"version": "v26.0"})

    assert "/v26.0/dialog/oauth" in authorize(login, app, reconnect=False)


@pytest.mark.parametrize("version", ["25.0", "v25.0/../me", "latest"])
def test_a_version_that_is_none_is_told_to_the_operator(login: FacebookLogin, version: str) -> None:
    with pytest.raises(ConfigurationRejected, match="version"):
        authorize(login, ClientConfig("1", "s", {"version": version}), reconnect=False)


def test_each_platform_needs_its_own_scopes(login: FacebookLogin) -> None:
    assert login.needed_for("facebook") == {"pages_show_list", "pages_read_engagement", "read_insights"}
    assert login.needed_for("instagram") == {
        "instagram_basic",
        "instagram_manage_insights",
        "pages_show_list",
        "pages_read_engagement",
    }


def test_a_cancelled_dialog_is_a_no(login: FacebookLogin) -> None:
    with pytest.raises(ConsentDenied):
        login.read_callback(
            {"error": "access_denied", "error_code": "200", "error_reason": "user_denied", "state": "s"}
        )


def test_an_app_that_is_not_live_ends_the_consent_with_its_code(login: FacebookLogin) -> None:
    with pytest.raises(ConsentFailed) as caught:
        login.read_callback({"error_code": "1349126", "error_message": "App not active"})

    assert caught.value.code == "1349126"


def test_a_callback_without_a_code_fails(login: FacebookLogin) -> None:
    with pytest.raises(ConsentFailed):
        login.read_callback({"state": "s"})


async def test_the_code_becomes_a_grant_of_sixty_days(login: FacebookLogin, app: ClientConfig, play) -> None:
    facebook = play(*consent(declined=("instagram_basic",)))

    grant = await login.exchange(facebook, app, CODE)

    assert grant.subject == "102030405060708"
    assert grant.tokens.access_token == "EAAG0sandbox2"
    assert grant.tokens.refresh_token is None
    assert grant.tokens.access_expires_at == datetime(2027, 1, 21, 11, 59, 4, tzinfo=UTC)
    assert grant.scopes == set(GRANTED)


async def test_the_redirect_uri_and_the_secret_go_with_the_code(
    login: FacebookLogin, app: ClientConfig, play
) -> None:
    facebook = play(*consent())

    await login.exchange(facebook, app, CODE)

    code_request, trade = facebook.requests[:2]
    assert code_request.form == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": REDIRECT_URI,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    assert trade.params["grant_type"] == "fb_exchange_token"
    assert trade.params["fb_exchange_token"] == "EAAG0sandbox1"


async def test_every_data_call_carries_its_proof(login: FacebookLogin, app: ClientConfig, play) -> None:
    facebook = play(*consent())

    await login.exchange(facebook, app, CODE)

    proof = hmac.new(b"app-secret", b"EAAG0sandbox2", hashlib.sha256).hexdigest()
    me, permissions, debug = facebook.requests[2:]
    assert me.params["appsecret_proof"] == permissions.params["appsecret_proof"] == proof
    assert me.access_token == permissions.access_token == "EAAG0sandbox2"
    assert debug.access_token == "987654321012345|app-secret"
    assert debug.params == {"input_token": "EAAG0sandbox2"}


async def test_no_address_holds_a_token(login: FacebookLogin, app: ClientConfig, play) -> None:
    facebook = play(*consent())

    await login.exchange(facebook, app, CODE)

    assert not any("EAAG" in request.url or "EAAG" in repr(request) for request in facebook.requests)


JANUARY = 1800000000  # 2027-01-15


@pytest.mark.parametrize(
    ("facts", "deadline"),
    [
        ({"data_access_expires_at": JANUARY}, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ({"expires_at": 1, "data_access_expires_at": JANUARY}, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ({"expires_in": None, "data_access_expires_at": JANUARY}, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ({"expires_in": None, "data_access_expires_at": 0}, None),
    ],
    ids=["data access", "whatever the token's end", "no expires_in", "never"],
)
async def test_the_deadline_is_the_end_of_data_access(
    login: FacebookLogin, app: ClientConfig, play, facts: dict[str, object], deadline: datetime | None
) -> None:
    grant = await login.exchange(play(*consent(**facts)), app, CODE)

    assert grant.person_expires_at == deadline


async def test_a_token_that_never_expires_still_ends_with_its_data_access(
    login: FacebookLogin, app: ClientConfig, play
) -> None:
    """`expires_at` 0 read as "forever" is the classic mistake (meta sheet 10.9)."""
    grant = await login.exchange(play(*consent(expires_in=None, data_access_expires_at=JANUARY)), app, CODE)

    assert grant.tokens.access_expires_at is None
    assert grant.person_expires_at is not None


async def test_a_used_code_asks_for_a_new_login(login: FacebookLogin, app: ClientConfig, play) -> None:
    error = {"error": {"message": "used", "type": "OAuthException", "code": 100, "error_subcode": 36009}}
    facebook = play(json_answer("POST", "/oauth/access_token", error, 400))

    with pytest.raises(AuthorizationCodeRejected) as caught:
        await login.exchange(facebook, app, CODE)

    assert caught.value.platform_code == "100/36009"


async def test_a_wrong_secret_is_the_operators(login: FacebookLogin, app: ClientConfig, play) -> None:
    error = {"error": {"message": "Error validating client secret.", "type": "OAuthException", "code": 1}}
    facebook = play(json_answer("POST", "/oauth/access_token", error, 400))

    with pytest.raises(ConfigurationRejected):
        await login.exchange(facebook, app, CODE)


async def test_an_outage_during_the_exchange_is_an_outage(
    login: FacebookLogin, app: ClientConfig, play
) -> None:
    error = {"error": {"message": "x", "code": 2, "is_transient": True}}
    facebook = play(consent()[0], json_answer("GET", "/oauth/access_token", error, 500))

    with pytest.raises(PlatformUnavailable):
        await login.exchange(facebook, app, CODE)


@pytest.mark.parametrize("at", range(5))
async def test_an_answer_of_another_shape_is_named_as_such(
    login: FacebookLogin, app: ClientConfig, play, at: int
) -> None:
    script = consent()
    script[at] = json_answer(script[at].method, script[at].path, {"odd": 1})

    with pytest.raises(UnexpectedAnswer):
        await login.exchange(play(*script[: at + 1]), app, CODE)


async def test_a_token_that_is_dead_at_birth_is_told(login: FacebookLogin, app: ClientConfig, play) -> None:
    dead = {"is_valid": False, "error": {"code": 190, "subcode": 460, "message": "x"}}
    facebook = play(*consent()[:4], json_answer("GET", "/debug_token", {"data": dead}))

    with pytest.raises(ReauthorizationRequired) as caught:
        await login.exchange(facebook, app, CODE)

    assert caught.value.reason is InvalidReason.PASSWORD_CHANGED


async def test_nothing_can_be_refreshed(login: FacebookLogin, app: ClientConfig, play) -> None:
    with pytest.raises(NotRefreshable):
        await login.refresh(play(), app, TokenSet("EAAG0sandbox2"))


async def test_revoking_removes_the_app_for_the_person(login: FacebookLogin, app: ClientConfig, play) -> None:
    facebook = play(json_answer("DELETE", "/v25.0/me/permissions", {"success": True}))

    await login.revoke(facebook, app, TokenSet("EAAG0sandbox2"))

    assert facebook.requests[0].access_token == "EAAG0sandbox2"
    assert "appsecret_proof" in facebook.requests[0].params


async def test_revoking_what_is_dead_already_is_done(login: FacebookLogin, app: ClientConfig, play) -> None:
    gone = {"error": {"message": "x", "code": 190, "error_subcode": 458}}

    facebook = play(json_answer("DELETE", "/me/permissions", gone, 400))

    await login.revoke(facebook, app, TokenSet("EAAG"))

    assert [request.method for request in facebook.requests] == ["DELETE"]


async def test_a_revocation_that_did_not_happen_is_told(
    login: FacebookLogin, app: ClientConfig, play
) -> None:
    with pytest.raises(UnexpectedAnswer):
        await login.revoke(play(json_answer("DELETE", "/me/permissions", {})), app, TokenSet("EAAG"))
