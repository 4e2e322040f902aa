"""Google's consent (section 1): account picker, channel picker (section 8), a box for each scope."""

import secrets

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.cast import Channel, Person
from linkroll_sandbox.clock import MINUTE
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
from linkroll_sandbox.google import cross_account, scopes
from linkroll_sandbox.grants import Code, Grant
from linkroll_sandbox.redirects import send_back
from linkroll_sandbox.world import World

CODE_LIFETIME = 10 * MINUTE  # [recalled]
_NO_CHANNEL = Choice("", "this Google Account", "no YouTube channel")


class GoogleAccounts(Login):
    """accounts.google.com/o/oauth2/v2/auth."""

    key = "google"
    shown_as = "Google"
    hosts = ("accounts.google.com",)
    account_word = "channel"

    def read_ask(self, world: World, query: QueryParams) -> Ask:
        """Configuration faults stay on Google's error page and never reach the app."""
        app = known_app(self, world, query.get("client_id", ""))
        if app is None:
            raise self._blocked("invalid_client", "The OAuth client was not found.", 401)
        redirect_uri = query.get("redirect_uri", "")
        if not app.accepts(redirect_uri):
            raise self._blocked(
                "redirect_uri_mismatch",
                "The redirect URI in the request does not match the ones authorized for the OAuth client.",
            )
        if query.get("response_type") != "code":
            raise self._blocked("invalid_request", "Required parameter is missing: response_type")
        if app.pkce_required and not query.get("code_challenge"):
            raise self._blocked("invalid_request", "Required parameter is missing: code_challenge")
        return Ask(app, redirect_uri, query.get("state", ""), self._scopes(query), query)

    def _scopes(self, query: QueryParams) -> list[str]:
        wanted = scopes.read(query.get("scope", ""))
        unknown = [scope for scope in wanted if not scopes.is_known(scope)]
        if unknown or not wanted:
            raise self._blocked("invalid_scope", f"Some requested scopes were invalid: {unknown}")
        return wanted

    def _blocked(self, name: str, words: str, status: int = 400) -> Exception:
        title = "Access blocked: authorization error"
        return self.error_page(title, f"Error {status}: {name}. {words}", status)

    def wants_person_anew(self, ask: Ask) -> bool:
        """With `consent` alone Google reuses the identity and skips both pickers (section 1)."""
        return "select_account" in _prompts(ask)

    def accounts(self, world: World, person: Person) -> list[Choice]:
        """The channels this person may act as; without any, the bare Google Account."""
        channels = [_choice(one) for one in world.cast.channels_of(person.key)]
        return channels or [_NO_CHANNEL]

    def offer(self, world: World, ask: Ask, person: Person, account: str) -> Offer:
        """One box for each scope that is not sign-in."""
        return Offer(scopes.lines(ask.scopes))

    def passes_silently(self, world: World, ask: Ask, person: Person, account: str) -> bool:
        """Everything was granted before and nobody asked for the form."""
        before = remembered(world, self, person, account)
        if before is None or "consent" in _prompts(ask):
            return False
        return set(ask.scopes) <= set(before.scopes)

    def allow(self, world: World, ask: Ask, consent: Consent, shown: bool) -> Response:
        """A grant of its own for each consent; the callback says what it holds."""
        if not consent.granted:
            return self.deny(world, ask)
        wants_refresh = _wants_refresh(world, ask, consent)
        grant = world.ledger.open_grant(self.key, consent.person.key, consent.account, world.now())
        grant.scopes, grant.declined = _merged(world, ask, consent, grant), consent.declined
        code = world.ledger.add_code(
            Code(
                value="4/0A" + secrets.token_urlsafe(54),
                login=self.key,
                grant_id=grant.id,
                redirect_uri=ask.redirect_uri,
                expires_at=world.now() + CODE_LIFETIME,
                challenge=ask.query.get("code_challenge", ""),
                challenge_method=ask.query.get("code_challenge_method", "plain"),
                nonce=ask.query.get("nonce", ""),
                wants_refresh=wants_refresh,
            )
        )
        answer = {"state": ask.state, "code": code.value, "scope": " ".join(grant.scopes)}
        prompt = "consent" if shown else "none"
        return send_back(ask.redirect_uri, answer | {"authuser": "0", "prompt": prompt})

    def deny(self, world: World, ask: Ask) -> Response:
        """Nothing but the error and the state [recalled]."""
        return send_back(ask.redirect_uri, {"error": "access_denied", "state": ask.state})


def _prompts(ask: Ask) -> list[str]:
    return ask.query.get("prompt", "").split()


def _choice(channel: Channel) -> Choice:
    kind = "Brand channel" if channel.is_brand else "Your channel"
    return Choice(channel.id, channel.title, f"{kind} · @{channel.handle}")


def _wants_refresh(world: World, ask: Ask, consent: Consent) -> bool:
    """A refresh token comes at the first offline consent, or when the form was demanded."""
    if ask.query.get("access_type") != "offline":
        return False
    return "consent" in _prompts(ask) or not _has_refresh(world, consent)


def _has_refresh(world: World, consent: Consent) -> bool:
    ledger, now = world.ledger, world.now()
    grants = ledger.live_grants("google", consent.person.key)
    return any(
        token.kind == "refresh" and ledger.why_dead(token, now) is None
        for grant in grants
        if grant.subject == consent.account
        for token in ledger.tokens_of(grant)
    )


def _merged(world: World, ask: Ask, consent: Consent, new: Grant) -> list[str]:
    """`include_granted_scopes=true` leaks every earlier grant into the new token."""
    if ask.query.get("include_granted_scopes") != "true":
        return consent.granted
    earlier = [
        scope
        for grant in world.ledger.live_grants("google", consent.person.key)
        if grant is not new and grant.subject == consent.account
        for scope in grant.scopes
    ]
    return list(dict.fromkeys([*consent.granted, *earlier]))


routes = [
    Route("/o/oauth2/v2/auth", authorize(GoogleAccounts()), methods=["GET", "POST"]),
    *cross_account.routes,
]
