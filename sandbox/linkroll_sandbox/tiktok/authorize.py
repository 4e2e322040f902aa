"""TikTok's consent page (section 1): comma scopes, hex PKCE, and the silent way through."""

import re
import secrets

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.cast import Person
from linkroll_sandbox.clock import MINUTE
from linkroll_sandbox.consent.login import (
    Ask,
    Choice,
    Consent,
    Login,
    Offer,
    ScopeLine,
    known_app,
    remembered,
)
from linkroll_sandbox.consent.walk import authorize
from linkroll_sandbox.grants import Code
from linkroll_sandbox.redirects import send_back
from linkroll_sandbox.registrations import App
from linkroll_sandbox.world import World

CODE_LIFETIME = 5 * MINUTE  # "a few minutes" [recalled]
BASIC = "user.info.basic"
_READS = {
    BASIC: "Read your profile info (avatar, display name)",
    "user.info.profile": "Read your additional profile information (bio, profile link, username)",
    "user.info.stats": "Read your engagement statistics (likes, followers, videos)",
    "video.list": "Read your public videos on TikTok",
}
_WRITES = {
    "video.upload": "Upload content to your account as drafts",
    "video.publish": "Post content to TikTok",
}
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


class TikTokAuthorize(Login):
    """www.tiktok.com/v2/auth/authorize/ (the trailing slash belongs to it)."""

    key = "tiktok"
    shown_as = "TikTok"
    hosts = ("www.tiktok.com",)

    def read_ask(self, world: World, query: QueryParams) -> Ask:
        """A bad parameter is named on TikTok's own page; the app never hears of it."""
        app = known_app(self, world, query.get("client_key", ""))
        if app is None:
            raise self._wrong("client_key")
        redirect_uri = query.get("redirect_uri", "")
        if not _is_registrable(redirect_uri) or not app.accepts(redirect_uri):
            raise self._wrong("redirect_uri")
        self._check_challenge(app, query)
        if query.get("response_type") != "code":
            raise self._wrong("response_type")
        return Ask(app, redirect_uri, query.get("state", ""), self._scopes(query), query)

    def _check_challenge(self, app: App, query: QueryParams) -> None:
        """The challenge is lower-case hex of SHA-256, not base64url as everywhere else."""
        challenge, method = query.get("code_challenge", ""), query.get("code_challenge_method", "")
        if not challenge and not app.pkce_required:
            return
        if not _HEX_SHA256.fullmatch(challenge) or method != "S256":
            raise self._wrong("code_challenge")

    def _scopes(self, query: QueryParams) -> list[str]:
        """Commas only; `user.info.basic` comes with every app."""
        wanted = [one for one in query.get("scope", "").split(",") if one]
        if not wanted or any(one not in _READS and one not in _WRITES for one in wanted):
            raise self._wrong("scope")
        return list(dict.fromkeys([BASIC, *wanted]))

    def _wrong(self, parameter: str) -> Exception:
        return self.error_page(
            "Something went wrong",
            f"We couldn't log in with TikTok. This may be due to specific app settings. {parameter}",
        )

    def accounts(self, world: World, person: Person) -> list[Choice]:
        """The person's TikTok accounts."""
        return [
            Choice(one.open_id, f"@{one.username}", one.display_name)
            for one in world.cast.tiktok_of(person.key)
        ]

    def offer(self, world: World, ask: Ask, person: Person, account: str) -> Offer:
        """Every scope can be denied but the basic one."""
        return Offer([_line(scope) for scope in ask.scopes])

    def passes_silently(self, world: World, ask: Ask, person: Person, account: str) -> bool:
        """
        Without `disable_auto_auth` somebody who allowed this before is not asked again.

        So the account cannot be changed, which is why every connect needs the parameter.
        """
        before = remembered(world, self, person, account)
        if before is None or ask.query.get("disable_auto_auth") == "1":
            return False
        return set(ask.scopes) <= {*before.scopes, *before.declined}

    def allow(self, world: World, ask: Ask, consent: Consent, shown: bool) -> Response:
        """A consent of its own each time: what a new one does to an older one is unpublished."""
        granted, declined = consent.granted, consent.declined
        before = remembered(world, self, consent.person, consent.account)
        if not shown and before is not None:
            granted = [scope for scope in ask.scopes if scope in before.scopes]
            declined = [scope for scope in ask.scopes if scope not in before.scopes]
        grant = world.ledger.open_grant(self.key, consent.person.key, consent.account, world.now())
        grant.scopes, grant.declined = granted, declined
        code = world.ledger.add_code(
            Code(
                # Real codes carry `*` and `!`, which arrive percent-encoded (section 1).
                value=f"{secrets.token_urlsafe(48)}*0!{secrets.randbelow(9000) + 1000}",
                login=self.key,
                grant_id=grant.id,
                redirect_uri=ask.redirect_uri,
                expires_at=world.now() + CODE_LIFETIME,
                challenge=ask.query.get("code_challenge", ""),
            )
        )
        answer = {"code": code.value, "scopes": ",".join(granted), "state": ask.state}
        return send_back(ask.redirect_uri, answer)

    def deny(self, world: World, ask: Ask) -> Response:
        """A cancelled consent."""
        answer = {
            "error": "access_denied",
            "error_description": "The user denied the request",
            "state": ask.state,
        }
        return send_back(ask.redirect_uri, answer)


def _is_registrable(redirect_uri: str) -> bool:
    """Under 512 characters, no query, no fragment (section 1)."""
    return len(redirect_uri) < 512 and "?" not in redirect_uri and "#" not in redirect_uri


def _line(scope: str) -> ScopeLine:
    wording = _READS.get(scope) or _WRITES[scope]
    return ScopeLine(scope, wording, fixed=scope == BASIC, writes=scope in _WRITES)


routes = [Route("/v2/auth/authorize/", authorize(TikTokAuthorize()), methods=["GET", "POST"])]
