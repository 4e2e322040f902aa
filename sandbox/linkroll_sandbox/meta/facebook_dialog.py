"""The Facebook Login dialog (section 1): permissions, then Pages and Instagram accounts."""

import secrets

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.cast import Person
from linkroll_sandbox.clock import DAY, MINUTE
from linkroll_sandbox.consent.login import (
    Ask,
    Asset,
    Choice,
    Consent,
    Login,
    Offer,
    known_app,
    remembered,
)
from linkroll_sandbox.consent.walk import authorize
from linkroll_sandbox.grants import Code, Grant
from linkroll_sandbox.meta import scopes
from linkroll_sandbox.redirects import send_back
from linkroll_sandbox.world import World

CODE_LIFETIME = 10 * MINUTE  # [recalled]
DATA_ACCESS = 90 * DAY
#: Meta appends this to every return; browsers keep it, servers never see it [recalled].
_FRAGMENT = "#_=_"


class FacebookDialog(Login):
    """www.facebook.com/{v}/dialog/oauth."""

    key = "facebook"
    shown_as = "Facebook"
    hosts = ("www.facebook.com",)

    def read_ask(self, world: World, query: QueryParams) -> Ask:
        """Unknown app, foreign address or unknown permission: Facebook's own page, no redirect."""
        app = known_app(self, world, query.get("client_id", ""))
        if app is None:
            raise self.error_page("Invalid App ID", "The provided app ID does not look like a valid app ID.")
        redirect_uri = query.get("redirect_uri", "")
        if not app.accepts(redirect_uri):
            raise self.error_page(
                "URL Blocked", "The redirect_uri is not among this app's Valid OAuth Redirect URIs."
            )
        wanted = scopes.split(query.get("scope", "")) or [scopes.ALWAYS_GRANTED["facebook"]]
        unknown = [scope for scope in wanted if not scopes.is_known("facebook", scope)]
        if unknown:
            raise self.error_page("Invalid Scopes", f"Invalid Scopes: {', '.join(unknown)}.")
        return Ask(app, redirect_uri, query.get("state", ""), wanted, query)

    def accounts(self, world: World, person: Person) -> list[Choice]:
        """A Facebook user consents as nobody but themselves."""
        return [Choice(person.facebook_user_id, person.name)]

    def offer(self, world: World, ask: Ask, person: Person, account: str) -> Offer:
        """The permissions still open for asking, and the assets behind them."""
        before = remembered(world, self, person, account)
        open_scopes = [one for one in ask.scopes if not _was_declined(one, before, ask)]
        pages = world.cast.pages_of(person.key) if scopes.PAGE_SCOPES & set(open_scopes) else []
        wants_instagram = scopes.INSTAGRAM_SCOPES & set(open_scopes)
        linked = [world.cast.instagram_through(page) for page in pages] if wants_instagram else []
        return Offer(
            scopes=[scopes.scope_line("facebook", scope) for scope in open_scopes],
            pages=[Asset(page.id, page.name, page.category) for page in pages],
            instagram=[Asset(one.id, f"@{one.username}", one.name) for one in linked if one],
        )

    def allow(self, world: World, ask: Ask, consent: Consent, shown: bool) -> Response:
        """Renew the person's one grant for this app and give a code for it."""
        grant = remembered(world, self, consent.person, consent.account)
        grant = _renew(world, grant, ask, consent)
        code = world.ledger.add_code(
            Code(
                value="AQ" + secrets.token_urlsafe(96),
                login=self.key,
                grant_id=grant.id,
                redirect_uri=ask.redirect_uri,
                expires_at=world.now() + CODE_LIFETIME,
            )
        )
        answer = {"code": code.value, "state": ask.state, **_scopes_answer(ask, grant)}
        return send_back(ask.redirect_uri, answer, _FRAGMENT)

    def deny(self, world: World, ask: Ask) -> Response:
        """A cancelled dialog; the wording changed over the years and the switch has both."""
        answer = {"error": "access_denied", "error_reason": "user_denied", "state": ask.state}
        if world.switches["facebook_denied_form"] == "new":
            answer |= {"error_code": "200", "error_description": "Permissions error"}
        else:
            answer |= {"error_description": "The user denied your request."}
        return send_back(ask.redirect_uri, answer, _FRAGMENT)


def _auth_types(ask: Ask) -> set[str]:
    return set(scopes.split(ask.query.get("auth_type", "")))


def _was_declined(scope: str, before: Grant | None, ask: Ask) -> bool:
    """Facebook does not ask twice for what was declined, unless told to with `rerequest`."""
    return before is not None and scope in before.declined and "rerequest" not in _auth_types(ask)


def _renew(world: World, grant: Grant | None, ask: Ask, consent: Consent) -> Grant:
    """Permissions belong to person and app: what was not asked this time stays as it was."""
    now = world.now()
    lapsed = grant is not None and (grant.data_access_expires_at or 0) <= now
    if grant is None:
        grant = world.ledger.open_grant("facebook", consent.person.key, consent.account, now)
    # A plain login renews data access while it lasts, but cannot revive it (section 1, rule 1).
    if not lapsed or "reauthorize" in _auth_types(ask):
        grant.data_access_expires_at = now + DATA_ACCESS
    asked = {*consent.granted, *consent.declined}
    grant.scopes = [one for one in grant.scopes if one not in asked] + consent.granted
    grant.declined = [one for one in grant.declined if one not in asked] + consent.declined
    grant.consented_at = now
    _tick_assets(grant, consent, asked)
    return grant


def _tick_assets(grant: Grant, consent: Consent, asked: set[str]) -> None:
    """The asset steps replace the earlier ticks, but only if they were part of this dialog."""
    if asked & scopes.PAGE_SCOPES:
        grant.pages = consent.pages
    if asked & scopes.INSTAGRAM_SCOPES:
        grant.instagram = consent.instagram


def _scopes_answer(ask: Ask, grant: Grant) -> dict[str, str]:
    """`granted_scopes` and `denied_scopes` come only when asked for."""
    wants = "granted_scopes" in ask.query.get("response_type", "")
    if not wants and ask.query.get("return_scopes") != "true":
        return {}
    return {"granted_scopes": ",".join(grant.scopes), "denied_scopes": ",".join(grant.declined)}


_dialog = authorize(FacebookDialog())
routes = [Route(path, _dialog, methods=["GET", "POST"]) for path in ("/dialog/oauth", "/dialog/oauth/")]
