"""
The walk through a consent, the same for every login.

A person goes step by step; a program sends all its answers at once. Whatever is still unknown
decides which page comes next: the person, the account, then the decision itself.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from linkroll_sandbox.cast import Person
from linkroll_sandbox.consent import memory, pages
from linkroll_sandbox.consent.answers import Answers, read_answers
from linkroll_sandbox.consent.login import Ask, Choice, Consent, Login, Offer
from linkroll_sandbox.world import NextConsent, World, world_of


def authorize(login: Login) -> Callable[[Request], Awaitable[Response]]:
    """The authorize endpoint of *login*, for GET and POST alike."""

    async def endpoint(request: Request) -> Response:
        world = world_of(request)
        ask = login.read_ask(world, request.query_params)
        answers = read_answers(await request.form())
        return Walk(login, world, ask, request, answers).next_step()

    return endpoint


class Walk:
    """One request on the way: it ends in the next page or in the redirect back."""

    def __init__(self, login: Login, world: World, ask: Ask, request: Request, answers: Answers) -> None:
        self.login = login
        self.world = world
        self.ask = ask
        self.request = request
        self.answers = answers
        query = request.url.query
        # The version in a Graph path is cut off on the way in; the form must lead back with it.
        path = request.scope.get("path_with_version", request.url.path)
        self.action = path + (f"?{query}" if query else "")

    def next_step(self) -> Response:
        """Ask for the person if nobody is known yet, else go on as that person."""
        if self.answers.step == "switch":
            return memory.forget(self.login, self._person_page())
        person = self._person()
        if person is None:
            return self._without_person()
        self.answers = self.answers.or_else(self._preset(person))
        return memory.keep(self.login, self._as(person), person, self.answers.account)

    def _person(self) -> Person | None:
        """The one named by the form, else the one the browser remembers."""
        if self.answers.person:
            return self.world.cast.people.get(self.answers.person)
        if self.login.wants_person_anew(self.ask):
            return None
        key, account = memory.recall(self.login, self.request)
        if self.answers.account is None and account:
            self.answers = self.answers.or_else(NextConsent(account=account))
        return self.world.cast.people.get(key)

    def _without_person(self) -> Response:
        if self.answers.decision == "deny":
            return self.login.deny(self.world, self.ask)
        return self._person_page()

    def _person_page(self) -> Response:
        people = list(self.world.cast.people.values())
        return HTMLResponse(pages.person_page(self.login, self.ask, self.action, people))

    def _preset(self, person: Person) -> NextConsent:
        return self.world.next_consents.get(f"{self.login.key}/{person.key}", NextConsent())

    def _as(self, person: Person) -> Response:
        """Deny at once, or find the account and go on with it."""
        if self.answers.decision == "deny":
            return self._settled(person, self.login.deny(self.world, self.ask))
        choices = self.login.accounts(self.world, person)
        if not choices:
            return self._dead_end(person, f"{person.name} has no {self.login.shown_as} account.")
        choice = self._chosen(choices)
        if choice is None:
            return HTMLResponse(pages.account_page(self.login, self.action, person, choices))
        if choice.problem:
            return self._dead_end(person, choice.problem)
        return self._as_account(person, choice)

    def _chosen(self, choices: list[Choice]) -> Choice | None:
        """The account that was named; the only one; or the first, when a program decides unasked."""
        named = [one for one in choices if one.id == self.answers.account]
        if named:
            return named[0]
        decided = self.answers.decision is not None and not self.answers.account
        return choices[0] if len(choices) == 1 or decided else None

    def _as_account(self, person: Person, choice: Choice) -> Response:
        offer = self.login.offer(self.world, self.ask, person, choice.id)
        if self.answers.decision == "allow":
            return self._allow(person, choice, offer, shown=True)
        if self._may_pass(person, choice):
            return self._allow(person, choice, offer, shown=False)
        html = pages.consent_page(self.login, self.ask, self.action, person, choice, offer, self.answers)
        return HTMLResponse(html)

    def _may_pass(self, person: Person, choice: Choice) -> bool:
        return self.login.passes_silently(self.world, self.ask, person, choice.id)

    def _allow(self, person: Person, choice: Choice, offer: Offer, *, shown: bool) -> Response:
        consent = decide(self.answers, person, choice, offer)
        return self._settled(person, self.login.allow(self.world, self.ask, consent, shown))

    def _settled(self, person: Person, response: Response) -> Response:
        """A prepared answer is good for one consent."""
        self.world.next_consents.pop(f"{self.login.key}/{person.key}", None)
        return response

    def _dead_end(self, person: Person, problem: str) -> Response:
        html = pages.dead_end_page(self.login, self.action, person, problem)
        return HTMLResponse(html, status_code=403)


def decide(answers: Answers, person: Person, choice: Choice, offer: Offer) -> Consent:
    """The consent that *answers* amount to; whatever was not said is allowed."""
    granted = [
        line.name
        for line in offer.scopes
        if line.fixed or answers.scopes is None or line.name in answers.scopes
    ]
    return Consent(
        person=person,
        account=choice.id,
        granted=granted,
        declined=[line.name for line in offer.scopes if line.name not in granted],
        pages=_ticked(answers, answers.pages, [page.id for page in offer.pages]),
        instagram=_ticked(answers, answers.instagram, [one.id for one in offer.instagram]),
    )


def _ticked(answers: Answers, ticked: list[str] | None, offered: list[str]) -> list[str] | None:
    if answers.all_assets:
        return None
    return offered if ticked is None else [one for one in offered if one in ticked]
