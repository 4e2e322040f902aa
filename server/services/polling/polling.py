"""
Fetching what is due of one login's accounts, a few at a time, the most pressing first.

Each login is worked off on its own, so one that is down or at its limit holds up no other. Any number of
processes may do it at once: what one has claimed the others pass over.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from linkroll_sdk import (
    ConfigurationRejected,
    LimitScope,
    LinkrollSdkError,
    MetricFetcher,
    RateLimited,
    Work,
)

from server.host import Host
from server.services.links.links import NoLink
from server.services.operator.operator_notices import note_app_refused
from server.services.platforms import circuits
from server.services.platforms.budgets import OutOfBudget
from server.services.platforms.circuits import CircuitOpen
from server.services.platforms.logins import unavailable_reason
from server.services.platforms.purses import settle
from server.services.polling import poll_jobs
from server.services.polling.account_polling import read_account
from server.services.polling.keeping import Answered, Keeper
from server.services.polling.poll_claims import (
    FRESH_POSTS,
    OTHER_POSTS,
    STORIES,
    Which,
    claim_polls,
    claim_posts,
)
from server.services.polling.poll_jobs import Job
from server.services.polling.post_polling import list_posts, read_posts
from server.services.polling.recording import wake
from server.services.polling.story_polling import list_stories, read_stories

ROUND_SECONDS = 45.0
LOOK_SECONDS = 3.0
"""How soon to look again where nothing was due."""
MAX_POSTS = 1000
KEPT_AT_ONCE = 6
"""How many times as many answers as are asked for at once may wait to be kept."""
WAKE_SECONDS = 0.1
"""How long those who follow what is recorded may have to wait."""

log = structlog.get_logger("linkroll.polling")

Worker = Callable[[Host, Job, MetricFetcher, Keeper], Awaitable[Answered | None]]
"""What asks a platform; it gives back the last answer, unless that is kept already."""
READERS: dict[Work, Worker] = {Work.STORIES: read_stories, Work.POST_METRICS: read_posts}
LISTERS: dict[Work, Worker] = {Work.ACCOUNT: read_account, Work.POSTS: list_posts, Work.STORIES: list_stories}


async def poll_due(host: Host, login_key: str) -> int:
    """
    Fetch what is due by a login, until nothing is or the round is over; how many pieces were done. A chore.
    """
    login = host.platforms.logins.get(login_key)
    if login is None or unavailable_reason(host, login) is not None:
        return 0
    platforms = [p.key for p in host.platforms if p.metrics is not None and p.key in login.serves]
    round_ = Round(host, login_key, platforms)
    if await circuits.is_open(host, login_key):
        await poll_jobs.note_waiting(host, login_key, platforms, CircuitOpen())
        return 0
    try:
        await round_.work_off()
    finally:
        await settle(host, login_key)
    return round_.done


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of what is due, and how to claim some of it."""

    name: str
    claim: Callable[[], Awaitable[list[Job]]]


@dataclass
class Round:
    """One round of one process for one login."""

    host: Host
    login: str
    platforms: list[str]
    done: int = 0
    asking: set[asyncio.Task[None]] = field(default_factory=set)
    keeping: set[asyncio.Task[None]] = field(default_factory=set)
    stopped: set[Work] = field(default_factory=set)
    empty_until: dict[str, float] = field(default_factory=dict)
    wake_seconds: float = WAKE_SECONDS
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    untold: bool = False
    waking: asyncio.Task[None] | None = None
    ends_at: float = field(default_factory=lambda: time.monotonic() + ROUND_SECONDS)
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = Keeper(self.host)

    async def work_off(self) -> None:
        """Keep a few pieces under way until there are no more to begin."""
        waiting: deque[Job] = deque()
        try:
            while True:
                if not waiting:
                    waiting.extend(await self._claim(again=not (self.asking or self.keeping)))
                self._begin(waiting)
                if not (self.asking or self.keeping):
                    return
                await self._wait()
                await self._drop_stopped(waiting)
        finally:
            running = [*self.asking, *self.keeping]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, self.keeper.close(), return_exceptions=True)
            await poll_jobs.hand_back(self.host, waiting)
            self.is_over.set()
            # Whoever follows looks by themselves where this fails.
            await asyncio.gather(*filter(None, [self.waking]), return_exceptions=True)

    def _begin(self, waiting: deque[Job]) -> None:
        """Begin as many as may be asked about at once, unless those that are answered pile up."""
        most = self.host.settings.poll_concurrency
        while waiting and len(self.asking) < most and len(self.keeping) < KEPT_AT_ONCE * most:
            self.asking.add(asyncio.create_task(self._ask(waiting.popleft())))

    async def _wait(self) -> None:
        """Wait until something is asked or kept."""
        finished, _ = await asyncio.wait(self.asking | self.keeping, return_when=asyncio.FIRST_COMPLETED)
        self.asking -= finished
        self.keeping -= finished
        for task in finished:
            task.result()

    async def _drop_stopped(self, waiting: deque[Job]) -> None:
        """Hand back what nobody needs to begin any more in this round."""
        over = time.monotonic() > self.ends_at
        back = [job for job in waiting if over or job.work in self.stopped]
        if back:
            for job in back:
                waiting.remove(job)
            await poll_jobs.hand_back(self.host, back)

    async def _claim(self, *, again: bool) -> list[Job]:
        """
        The most pressing pieces that are due: stories, fresh posts, accounts, and then all other posts.

        Where nothing was due a moment ago nobody looks, unless *again*: most rounds are about one kind.
        """
        if again:
            self.empty_until.clear()
        for lane in self._lanes():
            if time.monotonic() > self.ends_at:
                break
            if time.monotonic() < self.empty_until.get(lane.name, 0.0):
                continue
            if jobs := await lane.claim():
                return jobs
            self.empty_until[lane.name] = time.monotonic() + LOOK_SECONDS
        return []

    def _lanes(self) -> tuple[Lane, ...]:
        return (
            Lane("stories", lambda: self._polls(Work.STORIES)),
            Lane("live stories", lambda: self._posts(Work.STORIES, STORIES)),
            Lane("fresh posts", lambda: self._posts(Work.POST_METRICS, FRESH_POSTS)),
            Lane("accounts", lambda: self._polls(Work.ACCOUNT, Work.POSTS)),
            Lane("posts", lambda: self._posts(Work.POST_METRICS, OTHER_POSTS)),
        )

    async def _polls(self, *works: Work) -> list[Job]:
        open_works = [work for work in works if work not in self.stopped]
        if not open_works:
            return []
        return await claim_polls(self.host, self.login, self.platforms, open_works, self._limit())

    async def _posts(self, work: Work, which: Which) -> list[Job]:
        if work in self.stopped:
            return []
        fetchers = [self.host.platforms.by_key[key].metrics for key in self.platforms]
        batch = max((fetcher.post_batch for fetcher in fetchers if fetcher), default=1)
        limit = min(MAX_POSTS, self._limit() * max(1, batch))
        return await claim_posts(self.host, self.login, self.platforms, which, limit)

    def _limit(self) -> int:
        return 4 * self.host.settings.poll_concurrency

    async def _ask(self, job: Job) -> None:
        """Ask about one piece. Its answer is kept while others are asked about."""
        platform = self.host.platforms.by_key[job.platform]
        assert platform.metrics is not None
        do = READERS[job.work] if job.posts else LISTERS[job.work]
        async with self._at_its_own_risk(job):
            answer = await do(self.host, job, platform.metrics, self.keeper)
            if answer is None:
                self._is_done()
            else:
                self.keeping.add(asyncio.create_task(self._keep(job, answer)))

    async def _keep(self, job: Job, answer: Answered) -> None:
        async with self._at_its_own_risk(job):
            await self.keeper.keep(answer)
            self._is_done()

    @contextlib.asynccontextmanager
    async def _at_its_own_risk(self, job: Job) -> AsyncIterator[None]:
        """Whatever goes wrong with one piece is its own affair."""
        try:
            yield
        except NoLink:
            await poll_jobs.skip(self.host, job)
        except LinkrollSdkError as error:
            await self._failed(job, error)
        # The edge of one account: what is odd about it must not cost the others their numbers. Where it is the
        # database that is away, noting the failure fails as well, and ends the round.
        except Exception as error:
            # Where it happened, but nothing of what was there: a trace with values would show tokens.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where, kind = f"{place.name}:{place.lineno}", type(error).__name__
            log.error("fetch failed", account=job.account_id, work=job.work.value, error=kind, at=where)
            await poll_jobs.put_off(self.host, job, error)

    def _is_done(self) -> None:
        self.done += 1
        self._wake_soon()

    def _wake_soon(self) -> None:
        """Wake those who follow what is recorded, once for all that is done within a moment."""
        self.untold = True
        if self.waking is None or self.waking.done():
            self.waking = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        while self.untold:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.wake_seconds):
                    await self.is_over.wait()
            self.untold = False
            await wake(self.host)

    async def _failed(self, job: Job, error: LinkrollSdkError) -> None:
        if isinstance(error, CircuitOpen) or (isinstance(error, OutOfBudget) and _is_for_all(error)):
            # Nobody was asked, so nothing failed: who waits longest comes first when it goes on.
            await poll_jobs.hand_back(self.host, [job])
        else:
            await poll_jobs.put_off(self.host, job, error)
            kind = type(error).__name__
            log.info("fetch put off", account=job.account_id, work=job.work.value, error=kind)
        if isinstance(error, CircuitOpen):
            await self._stop(error, *Work)
        elif _is_for_all(error):
            await self._stop(error, job.work)
        elif isinstance(error, ConfigurationRejected):
            await note_app_refused(self.host, self.login, error)

    async def _stop(self, error: LinkrollSdkError, *works: Work) -> None:
        """What everybody has to wait for: nobody else needs to find out."""
        first = not self.stopped.issuperset(works)
        self.stopped.update(works)
        if first:
            await poll_jobs.note_waiting(self.host, self.login, self.platforms, error)


def _is_for_all(error: LinkrollSdkError) -> bool:
    """Whether a limit holds up every account of the login."""
    return isinstance(error, RateLimited) and error.scope is LimitScope.APP
