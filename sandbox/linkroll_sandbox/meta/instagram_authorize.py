"""Instagram Login's consent (section 3): no Page needed, but a professional account is."""

import secrets

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.cast import InstagramAccount, Person
from linkroll_sandbox.clock import HOUR
from linkroll_sandbox.consent.login import (
    Ask,
    Choice,
    Consent,
    Login,
    Offer,
    known_app,
    remembered,
)
from linkroll_sandbox.consent.walk import authorize
from linkroll_sandbox.grants import Code
from linkroll_sandbox.meta import scopes
from linkroll_sandbox.redirects import send_back
from linkroll_sandbox.world import World

CODE_LIFETIME = 1 * HOUR
#: Belongs to the address, not to the code: clients have to strip it.
_FRAGMENT = "#_"
_PERSONAL = "@{} is a personal account. Switch to a professional account to continue."


class InstagramAuthorize(Login):
    """www.instagram.com/oauth/authorize, and the same at api.instagram.com."""

    key = "instagram"
    shown_as = "Instagram"
    hosts = ("www.instagram.com", "api.instagram.com")

    def read_ask(self, world: World, query: QueryParams) -> Ask:
        """Whatever is wrong with the app's request stays on Instagram's own page."""
        app = known_app(self, world, query.get("client_id", ""))
        if app is None:
            raise self.error_page(
                "Sorry, this page isn't available", "Invalid request: Invalid platform app."
            )
        redirect_uri = query.get("redirect_uri", "")
        if not app.accepts(redirect_uri):
            raise self.error_page("Sorry, this page isn't available", "Invalid redirect_uri.")
        if query.get("response_type") != "code":
            raise self.error_page("Sorry, this page isn't available", "Invalid response_type.")
        return Ask(app, redirect_uri, query.get("state", ""), self._scopes(query), query)

    def _scopes(self, query: QueryParams) -> list[str]:
        wanted = scopes.split(query.get("scope", ""))
        unknown = [scope for scope in wanted if not scopes.is_known("instagram", scope)]
        if unknown or not wanted:
            raise self.error_page("Sorry, this page isn't available", f"Invalid scope: {', '.join(unknown)}.")
        return wanted

    def wants_person_anew(self, ask: Ask) -> bool:
        """`force_reauth=true`, or its deprecated name."""
        return "true" in (ask.query.get("force_reauth"), ask.query.get("force_authentication"))

    def accounts(self, world: World, person: Person) -> list[Choice]:
        """The accounts this person signs in to; personal ones are stopped here or fail later."""
        refuses = world.switches["ig_personal"] == "refuse"
        return [_choice(account, refuses) for account in world.cast.instagram_of(person.key)]

    def offer(self, world: World, ask: Ask, person: Person, account: str) -> Offer:
        """The basic permission cannot be unticked."""
        return Offer([scopes.scope_line("instagram", scope) for scope in ask.scopes])

    def allow(self, world: World, ask: Ask, consent: Consent, shown: bool) -> Response:
        """Renew the grant of this account and give a code."""
        grant = remembered(world, self, consent.person, consent.account)
        if grant is None:
            grant = world.ledger.open_grant(self.key, consent.person.key, consent.account, world.now())
        grant.scopes, grant.declined = consent.granted, consent.declined
        grant.consented_at = world.now()
        code = world.ledger.add_code(
            Code(
                value="AQ" + secrets.token_urlsafe(96),
                login=self.key,
                grant_id=grant.id,
                redirect_uri=ask.redirect_uri,
                expires_at=world.now() + CODE_LIFETIME,
            )
        )
        return send_back(ask.redirect_uri, {"code": code.value, "state": ask.state}, _FRAGMENT)

    def deny(self, world: World, ask: Ask) -> Response:
        """A cancelled consent."""
        answer = {
            "error": "access_denied",
            "error_reason": "user_denied",
            "error_description": "The user denied your request",
            "state": ask.state,
        }
        return send_back(ask.redirect_uri, answer)


def _choice(account: InstagramAccount, refuses_personal: bool) -> Choice:
    stopped = refuses_personal and not account.is_professional
    problem = _PERSONAL.format(account.username) if stopped else ""
    return Choice(account.id, f"@{account.username}", account.name, account.picture, problem)


_authorize = authorize(InstagramAuthorize())
routes = [
    Route(path, _authorize, methods=["GET", "POST"]) for path in ("/oauth/authorize", "/oauth/authorize/")
]
