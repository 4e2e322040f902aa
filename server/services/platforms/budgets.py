"""
What platforms let us ask: each request is paid from its buckets before it is sent.

All processes count together in the table `budget`, but not with a statement a request: a process takes a
few units at a time (a lease) and gives back what it did not need (`settle`). What an answer tells about a
bucket, and how long a refusal says to wait, stands in the table too, so that one process's refusal holds up
the others.

Priority goes by context: inside `patient()` a request only uses the first nine tenths of a bucket. Stories,
tokens and probes, which cannot wait, are asked outside of it and may use all of it.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from linkroll_sdk import (
    Budget,
    ForbiddenOperation,
    Http,
    LimitScope,
    LinkrollSdkError,
    Login,
    PlatformUnavailable,
    RateLimited,
    Request,
    Response,
    Usage,
    Window,
)

from server.database import UNAVAILABLE
from server.host import Host
from server.services.platforms import circuits
from server.services.platforms.answers import is_storable
from server.services.platforms.logins import ask, is_sound
from server.services.platforms.purses import Purse, Wait, block, purse_of, take, tell

MAX_USAGES = 1_000
MAX_ACCOUNT_ID = 200
LONGEST_TOLD = timedelta(days=30)
ALL = 1.0
MOST = 0.9
_share: contextvars.ContextVar[float] = contextvars.ContextVar("share of a bucket", default=ALL)

ANY = Budget("any", Window.HOUR, None)
"""The bucket of a login that declares none for an operation: it has no limit, but can be blocked."""


class OutOfBudget(RateLimited):
    """A bucket of ours is empty: nothing was sent."""


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """What is asked inside can wait: it leaves the last tenth of each bucket to what cannot."""
    token = _share.set(MOST)
    try:
        yield
    finally:
        _share.reset(token)


def paid(host: Host, login: Login, account_key: str | None, http: Http) -> Http:
    """*http*, with each request paid for; *account_key* is the platform's id of the account it is about."""
    return PaidHttp(host, login, account_key, http)


def budgets_for(login: Login, operation: str) -> list[Budget]:
    """The buckets that a request is paid from; at least one is the app's."""
    found = [budget for budget in login.budgets if budget.covers(operation)]
    return found if any(not budget.per_account for budget in found) else [*found, ANY]


class PaidHttp:
    """One plugin's `Http` for one account."""

    def __init__(self, host: Host, login: Login, account_key: str | None, http: Http) -> None:
        self._host = host
        self._login = login
        self._account_key = account_key or ""
        self._http = http

    def now(self) -> datetime:
        """The server's clock."""
        return self._http.now()

    async def send(self, request: Request) -> Response:
        """
        See `linkroll_sdk.Http.send`.

        Raises `OutOfBudget` where a bucket is empty, and `CircuitOpen` where the platform was out of reach
        just now. Nothing was sent then.
        """
        purses = await self._pay(request.operation)
        try:
            trial = await circuits.admit(self._host, self._login.key, request.operation)
            response = await self._sent(request, trial)
        except (circuits.CircuitOpen, ForbiddenOperation):
            for purse, cost in purses:
                purse.left += cost
            raise
        # The answer may hold the only copy there is of a new pair of tokens: it reaches its asker also when the
        # database is away and nothing can be noted.
        with contextlib.suppress(*UNAVAILABLE):
            await self._note(request, response, trial)
            await self._learn(response)
        return response

    async def _sent(self, request: Request, trial: bool) -> Response:
        """The answer; where none came, the circuit hears of it."""
        try:
            return await self._http.send(request)
        except PlatformUnavailable as error:
            with contextlib.suppress(*UNAVAILABLE):
                await circuits.failed(self._host, self._login.key, error, trial=trial)
            raise

    async def _note(self, request: Request, response: Response, trial: bool) -> None:
        """The circuit and the buckets hear what an answer means."""
        refusal = self._refusal(request, response)
        if isinstance(refusal, PlatformUnavailable):
            await circuits.failed(self._host, self._login.key, refusal, trial=trial)
        else:
            await circuits.succeeded(self._host, self._login.key)
        if isinstance(refusal, RateLimited):
            await self._block(request.operation, refusal)

    def _refusal(self, request: Request, response: Response) -> LinkrollSdkError | None:
        """What a bad answer means to the login; None for a good one, and where it cannot say."""
        if response.status < 400:
            return None
        try:
            found = ask(self._login, "classify", lambda: self._login.classify(response, request.operation))
        except LinkrollSdkError:
            return None
        return found if isinstance(found, LinkrollSdkError) and is_sound(found) else None

    async def _pay(self, operation: str) -> list[tuple[Purse, int]]:
        """Pay from each bucket, or from none and raise `RateLimited`."""
        taken: list[tuple[Purse, int]] = []
        for budget in budgets_for(self._login, operation):
            purse = self._purse(budget)
            try:
                await take(self._host, purse, budget.cost, _share.get())
            except Wait as wait:
                for other, cost in taken:
                    other.left += cost
                raise self._limited(budget, operation, wait) from None
            taken.append((purse, budget.cost))
        return taken

    def _purse(self, budget: Budget) -> Purse:
        return purse_of(self._host, self._login.key, budget, self._account_key if budget.per_account else "")

    def _limited(self, budget: Budget, operation: str, wait: Wait) -> OutOfBudget:
        return OutOfBudget(
            max(1.0, (wait.until - self._host.now()).total_seconds()),
            f"the budget {budget.key} is used up",
            operation=operation,
            platform_code=f"budget/{budget.key}",
            scope=LimitScope.ACCOUNT if budget.per_account else LimitScope.APP,
        )

    async def _block(self, operation: str, refusal: RateLimited) -> None:
        """Nobody asks again before the platform said so: of the whole app, or of this account."""
        of_app = refusal.scope is LimitScope.APP
        for budget in budgets_for(self._login, operation):
            # An account's own limit without a bucket of its own holds up nobody else: its asker waits.
            if budget.per_account is not of_app:
                await block(self._host, self._purse(budget), refusal.retry_after)

    async def _learn(self, response: Response) -> None:
        """Keep what the answer told about the buckets."""
        try:
            usages = ask(self._login, "usage", lambda: _checked_usages(self._login.usage(response)))
        except LinkrollSdkError:
            return
        declared = {budget.key: budget for budget in self._login.budgets}
        for usage in usages:
            if (budget := declared.get(usage.budget)) is not None:
                purse = purse_of(self._host, self._login.key, budget, usage.account_id or "")
                await tell(self._host, purse, usage.percent, usage.regains)


def _checked_usages(told: object) -> list[Usage]:
    """The usages that can be believed. Raises `TypeError` for what is no list of them."""
    if not isinstance(told, Collection) or len(told) > MAX_USAGES:
        raise TypeError("no usages")
    return [usage for usage in told if isinstance(usage, Usage) and _is_told(usage)]


def _is_told(usage: Usage) -> bool:
    return (
        isinstance(usage.budget, str)
        and (usage.account_id is None or is_storable(usage.account_id, MAX_ACCOUNT_ID))
        and (usage.regains is None or _is_pause(usage.regains))
    )


def _is_pause(told: object) -> bool:
    return isinstance(told, timedelta) and timedelta() <= told <= LONGEST_TOLD
