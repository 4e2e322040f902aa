"""
What a login must say for itself, so that the shared walk can lead a person through its consent.

Facebook, Instagram, TikTok and Google differ in what they check, show and answer; the steps in
between (who are you, as which account, what do you allow) are the same.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from starlette.datastructures import QueryParams
from starlette.responses import Response

from linkroll_sandbox.cast import Person
from linkroll_sandbox.consent.errors import ErrorPage
from linkroll_sandbox.grants import Grant
from linkroll_sandbox.registrations import App
from linkroll_sandbox.world import World


@dataclass(frozen=True)
class Ask:
    """What the app asks for: the checked authorize request."""

    app: App
    redirect_uri: str
    state: str
    scopes: list[str]
    query: QueryParams


@dataclass(frozen=True)
class Choice:
    """An account (or channel, or Facebook user) that a person could consent as."""

    id: str
    title: str
    detail: str = ""
    picture: str = ""
    #: Why this one cannot be used, in the platform's place; empty when it can.
    problem: str = ""


@dataclass(frozen=True)
class ScopeLine:
    """One permission on the form."""

    name: str
    wording: str
    #: Shown, but not for the person to untick.
    fixed: bool = False
    writes: bool = False


@dataclass(frozen=True)
class Asset:
    """A Page or an Instagram account on Facebook's asset step."""

    id: str
    title: str
    detail: str = ""


@dataclass(frozen=True)
class Offer:
    """What the consent form shows to this person for this request."""

    scopes: list[ScopeLine]
    pages: list[Asset] = field(default_factory=list)
    instagram: list[Asset] = field(default_factory=list)


@dataclass(frozen=True)
class Consent:
    """What the person decided. `pages` and `instagram`: None is all, present and future."""

    person: Person
    account: str
    granted: list[str]
    declined: list[str]
    pages: list[str] | None = None
    instagram: list[str] | None = None


class Login:
    """One platform company's consent surface."""

    key: ClassVar[str]
    shown_as: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    #: What a person picks between when there are several.
    account_word: ClassVar[str] = "account"

    def read_ask(self, world: World, query: QueryParams) -> Ask:
        """The checked request. Raises `ErrorPage` for what the platform shows instead of redirecting."""
        raise NotImplementedError

    def wants_person_anew(self, ask: Ask) -> bool:
        """Whether the person is asked for although the browser remembers one."""
        return False

    def accounts(self, world: World, person: Person) -> list[Choice]:
        """What *person* can consent as; empty when they have nothing here."""
        raise NotImplementedError

    def offer(self, world: World, ask: Ask, person: Person, account: str) -> Offer:
        """The form for *person* acting as *account*."""
        raise NotImplementedError

    def passes_silently(self, world: World, ask: Ask, person: Person, account: str) -> bool:
        """Whether the platform skips the form for somebody who allowed this before."""
        return False

    def allow(self, world: World, ask: Ask, consent: Consent, shown: bool) -> Response:
        """Store the consent and send the browser back with a code."""
        raise NotImplementedError

    def deny(self, world: World, ask: Ask) -> Response:
        """Send the browser back as this platform answers a cancelled consent."""
        raise NotImplementedError

    def error_page(self, title: str, words: str, status: int = 400) -> ErrorPage:
        """The platform's own page for a request that must not be redirected."""
        return ErrorPage(self.key, self.shown_as, title, words, status)


def known_app(login: Login, world: World, client_id: str) -> App | None:
    """The registration with this id, if it is one of *login*."""
    app = world.apps[login.key]
    return app if client_id and app.client_id == client_id else None


def remembered(world: World, login: Login, person: Person, account: str) -> Grant | None:
    """What *person* already allows this app."""
    return world.ledger.live_grant(login.key, person.key, account)
