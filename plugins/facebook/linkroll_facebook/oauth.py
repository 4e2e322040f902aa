"""
Facebook Login: consent for Pages and for the Instagram accounts behind them.

What makes it hard is time. The code gives a token of an hour or two, which is traded for one of 60 days;
Page tokens made from that one have no date of their own. Nothing can be refreshed: only the person renews,
at the earlier of the token's end and the 90-day end of data access (meta sheet 1, confirmed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from linkroll_meta.calls import version_of
from linkroll_meta.usage import usage
from linkroll_sdk import (
    AuthorizeRequest,
    Candidate,
    ClientConfig,
    CodeExchange,
    ConsentFailed,
    Grant,
    Health,
    Http,
    LinkedAccount,
    Login,
    OAuth2,
    Operation,
    Pkce,
    PlatformError,
    Purpose,
    ReauthorizationRequired,
    Response,
    Revocation,
    Scope,
    TokenSet,
    UnexpectedAnswer,
    Usage,
    expires_at,
    text,
)

from linkroll_facebook import budgets, errors
from linkroll_facebook.accounts import FACEBOOK, INSTAGRAM, discover
from linkroll_facebook.callbacks import DATA_DELETION, DEAUTHORIZE
from linkroll_facebook.graph import HOST, Graph, graph_url
from linkroll_facebook.health import earliest, moment, probe
from linkroll_facebook.webhooks import Webhook

DIALOG_HOST = "www.facebook.com"

# The smallest sets that reach Page and Instagram insights (meta sheet 2, confirmed).
# The consent page's wordings are recalled.
SCOPES = (
    Scope(
        "public_profile",
        "Names the person who consented, so that a reconnect by somebody else is noticed.",
        "Your name and profile picture",
    ),
    Scope(
        "pages_show_list",
        "Lists the Pages the person runs, to choose from.",
        "Show a list of the Pages you manage",
        serves=frozenset({FACEBOOK, INSTAGRAM}),
    ),
    Scope(
        "pages_read_engagement",
        "Reads a Page's posts, followers and profile.",
        "Read content posted on the Page",
        serves=frozenset({FACEBOOK, INSTAGRAM}),
    ),
    Scope(
        "read_insights",
        "Reads views, reach and engagement of a Page, its posts and its videos.",
        "Read insights for your Pages",
        serves=frozenset({FACEBOOK}),
    ),
    # It also authorises one write, answering collaboration invites, since 2025-12-03 (meta sheet 2,
    # confirmed). No smaller scope reads an Instagram profile here; the request lock keeps us from writing.
    Scope(
        "instagram_basic",
        "Reads the profile and the media of the Instagram account behind a Page.",
        "Access profile and posts from the Instagram account connected to your Page",
        serves=frozenset({INSTAGRAM}),
    ),
    Scope(
        "instagram_manage_insights",
        "Reads the insights of that Instagram account: of one the person manages, hence the name.",
        "Access insights for the Instagram account connected to your Page",
        serves=frozenset({INSTAGRAM}),
    ),
)

# Every other scope of this login that writes (meta sheet 2, confirmed). `business_management` would list
# Pages that a portfolio owns, but it writes business assets as well, so it is no exception.
REFUSED_SCOPES = frozenset(
    {
        "ads_management",
        "business_management",
        "catalog_management",
        "instagram_branded_content_ads_brand",
        "instagram_branded_content_brand",
        "instagram_branded_content_creator",
        "instagram_content_publish",
        "instagram_creator_marketplace_messaging",
        "instagram_manage_comments",
        "instagram_manage_contents",
        "instagram_manage_engagement",
        "instagram_manage_events",
        "instagram_manage_messages",
        "instagram_manage_upcoming_events",
        "instagram_shopping_tag_products",
        "leads_retrieval",
        "pages_manage_ads",
        "pages_manage_cta",
        "pages_manage_engagement",
        "pages_manage_instant_articles",
        "pages_manage_metadata",
        "pages_manage_posts",
        "pages_messaging",
        "publish_video",
    }
)


class FacebookLogin(Login):
    """Facebook Login with an app of the classic kind (a `scope`, no configuration id)."""

    key = "facebook"
    name = "Facebook"
    serves = frozenset({FACEBOOK, INSTAGRAM})
    scopes = SCOPES
    refused_scopes = REFUSED_SCOPES
    hosts = frozenset({DIALOG_HOST, HOST})
    operations = (
        Operation("POST", HOST, "/*/oauth/access_token", Purpose.TOKEN),
        Operation("DELETE", HOST, "/*/me/permissions", Purpose.REVOKE),
    )
    pkce = Pkce.NONE
    why_no_pkce = (
        "Facebook documents PKCE only for its OpenID Connect variant, labelled as in testing; the flow for "
        "data permissions is a confidential client with a secret (meta sheet 1, confirmed)."
    )
    # The call deauthorises the app for the person, and with it every sibling grant (meta sheet 1, confirmed).
    revocation = Revocation.SUBJECT
    # There is no refresh token, and an expired token cannot be exchanged (meta sheet 1, confirmed).
    refreshes = False
    budgets = budgets.BUDGETS
    callbacks = (DEAUTHORIZE, DATA_DELETION, Webhook())

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """
        The dialog's address.

        A declined permission is only offered again with `auth_type=rerequest`, and lapsed data access is
        only renewed with `reauthorize`, which also shows the choice of Pages again (meta sheet 1,
        confirmed; the choice: inference from public code). The dialog takes one of the two (recalled).
        """
        params = {
            "client_id": request.client.client_id,
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "response_type": "code",
            "scope": ",".join(request.scopes),
            "auth_type": "reauthorize" if request.reconnect else "rerequest",
        }
        return f"https://{DIALOG_HOST}/{version_of(request.client)}/dialog/oauth?{urlencode(params)}"

    def read_callback(self, params: Mapping[str, str]) -> str:
        """
        The authorization code. Raises as `Login.read_callback` does.

        An app that is not live sends `error_code` and `error_message` without an `error` (recalled).
        """
        if "error_code" in params and not params.get("error") and not params.get("code"):
            raise ConsentFailed(params["error_code"], params.get("error_message", ""))
        return super().read_callback(params)

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        """
        Trade the code for a grant with a token of 60 days.

        `person_expires_at` is the end of data access. The token's own end is none of the accounts': they are
        read with Page tokens made from it, which have no date (meta sheet 1, confirmed). Errors are those of
        `Login.exchange`.
        """
        answer = await self._long_lived(http, client, exchange)
        access_token = text(answer, "access_token")
        graph = Graph(http, client)
        subject = text(await graph.get("me", "me", access_token, fields="id"), "id")
        scopes = await _granted_scopes(graph, access_token)
        facts = await graph.debug_token(access_token)
        token_end = earliest(expires_at(answer, "expires_in", http.now()), moment(facts, "expires_at"))
        return Grant(
            subject=subject,
            tokens=TokenSet(access_token, access_expires_at=token_end),
            scopes=scopes,
            person_expires_at=moment(facts, "data_access_expires_at"),
        )

    async def _long_lived(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> dict[str, Any]:
        url = graph_url(client, "oauth/access_token")
        short = await self._protocol(http, client, exchange.redirect_uri).exchange(url, code=exchange.code)
        # Before anything else: Page tokens made from a short token are short too (meta sheet 1, confirmed).
        # The code may be POSTed; this trade is documented as a GET only.
        return await self._protocol(http, client).trade(
            url, "fb_exchange_token", method="GET", fb_exchange_token=text(short, "access_token")
        )

    def _protocol(self, http: Http, client: ClientConfig, redirect_uri: str | None = None) -> OAuth2:
        # Authlib's client is stateful: one per call.
        return OAuth2(http, client, self.classify, redirect_uri=redirect_uri)

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> Sequence[Candidate]:
        """Every Page and Instagram account the grant reaches; see `accounts.discover`."""
        needed = {platform: self.needed_for(platform) for platform in self.serves}
        return await discover(Graph(http, client), grant, needed)

    async def probe(self, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
        """The health of a Page, or of an Instagram account behind one; see `health.probe`."""
        return await probe(Graph(http, client), account, self.needed_for(account.platform))

    def usage(self, response: Response) -> Sequence[Usage]:
        """What the usage headers tell."""
        return usage(response.headers, budgets.BY_TYPE)

    async def revoke(self, http: Http, client: ClientConfig, tokens: TokenSet) -> None:
        """Deauthorise the app for the person; returns also when it was so already."""
        try:
            answer = await Graph(http, client).delete("me/permissions", "revoke", tokens.access_token)
        except ReauthorizationRequired:
            return
        if answer.get("success") is not True:
            raise UnexpectedAnswer("the answer does not say success", operation="revoke")

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        """The error that an answer means, or None for a good answer."""
        return errors.classify(response, operation)


async def _granted_scopes(graph: Graph, access_token: str) -> frozenset[str]:
    """What was really granted: the person may have declined some, others may have expired."""
    answer = await graph.get("me/permissions", "permissions", access_token)
    entries = answer.get("data")
    if not isinstance(entries, list):
        raise UnexpectedAnswer("permissions without data", operation="permissions")
    granted = [e for e in entries if isinstance(e, dict) and e.get("status") == "granted"]
    return frozenset(text(entry, "permission") for entry in granted)
