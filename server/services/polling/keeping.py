"""
Keeping what platforms answered: in transactions that several accounts share.

One transaction for each answer costs the database more than all that is written in it. So while a few are
under way, the answers that come meanwhile are gathered for the next. None waits for a clock, and none suffers
for another: where a shared transaction fails, each of its answers is kept on its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from linkroll_sdk import FoundPost

from server.database import Record
from server.database_errors import DatabaseAway
from server.host import Host
from server.services.polling.poll_jobs import Job
from server.services.polling.post_ledger import KeptPost, keep_all_posts
from server.services.polling.recording import lock_accounts
from server.services.polling.sheet import Sheet

AT_ONCE = 3
"""How many transactions are under way: each waits for the disk in the end, and those of one round may together."""
MOST = 16
"""How many answers one transaction keeps: its accounts are locked for that long."""


class Answered(Protocol):
    """What a platform answered about a job's account, checked."""

    @property
    def job(self) -> Job:
        """Whose answer it is."""

    def posts(self) -> Sequence[FoundPost]:
        """The posts in it, to be entered before anything that is about them."""

    def enter(self, host: Host, sheet: Sheet, account: Record, kept: Sequence[KeptPost]) -> None:
        """Put on the sheet what the answer means for *account*, with its posts as they were *kept*."""


async def keep(host: Host, answers: Sequence[Answered], *, skip_locked: bool = False) -> set[int]:
    """
    Keep answers about different accounts in one transaction; the accounts that it was done for.

    Not done: those that are gone or unlinked, and with *skip_locked* those that somebody holds.
    """
    async with host.database.transaction() as transaction:
        ids = [answer.job.account_id for answer in answers]
        accounts = await lock_accounts(host, transaction, ids, skip_locked=skip_locked)
        here = [(a, accounts[a.job.account_id]) for a in answers if a.job.account_id in accounts]
        kept = await keep_all_posts(host, transaction, [(account, a.posts()) for a, account in here])
        sheet = Sheet()
        for answer, account in here:
            answer.enter(host, sheet, account, kept.get(account["id"], ()))
        await sheet.write(host, transaction)
    return set(accounts)


@dataclass(slots=True)
class _Waiting:
    answer: Answered
    is_kept: asyncio.Future[None]


@dataclass
class Keeper:
    """Keeps the answers of one round."""

    host: Host
    waiting: list[_Waiting] = field(default_factory=list)
    busy: set[int] = field(default_factory=set)
    """The accounts whose answers are being kept."""
    at_it: set[asyncio.Task[None]] = field(default_factory=set)
    alone: set[asyncio.Task[None]] = field(default_factory=set)

    async def keep(self, answer: Answered) -> None:
        """Keep an answer. Raises what went wrong with this one, or because the database is away."""
        one = _Waiting(answer, asyncio.get_running_loop().create_future())
        self.waiting.append(one)
        # One that is done may stand in the set for a moment yet, and takes no more.
        if sum(not task.done() for task in self.at_it) < AT_ONCE:
            _begin(self.at_it, self._work_off())
        await one.is_kept

    async def close(self) -> None:
        """Stop where we are: what is not kept by now is fetched again."""
        tasks = [*self.at_it, *self.alone]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work_off(self) -> None:
        while several := self._next():
            accounts = {one.answer.job.account_id for one in several}
            self.busy |= accounts
            try:
                await self._keep_together(several)
            finally:
                self.busy -= accounts

    def _next(self) -> list[_Waiting]:
        """Those that wait longest, one of each account, whose answers nobody is keeping."""
        chosen: dict[int, _Waiting] = {}
        for one in self.waiting:
            if len(chosen) < MOST and one.answer.job.account_id not in self.busy:
                chosen.setdefault(one.answer.job.account_id, one)
        self.waiting = [one for one in self.waiting if chosen.get(one.answer.job.account_id) is not one]
        return list(chosen.values())

    async def _keep_together(self, several: Sequence[_Waiting]) -> None:
        done: set[int] = set()
        try:
            # Who holds several accounts waits for none of them: else two could wait for each other.
            done = await keep(self.host, [one.answer for one in several], skip_locked=True)
        except DatabaseAway as error:
            _settle(several, error)
            return
        # The edge of one answer: whose fault it is shows where each is kept on its own.
        except Exception:
            done = set()
        _settle([one for one in several if one.answer.job.account_id in done])
        for one in several:
            if one.answer.job.account_id not in done:
                # Beside the others: it may have to wait for its account.
                _begin(self.alone, _alone(self.host, one))


def _begin(tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
    """Begin some work as one of *tasks*."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _alone(host: Host, one: _Waiting) -> None:
    try:
        await keep(host, [one.answer])
    # The edge of one answer: its asker hears of it.
    except Exception as error:
        _settle([one], error)
    else:
        _settle([one])


def _settle(several: Sequence[_Waiting], error: Exception | None = None) -> None:
    """Tell those who wait how it went, unless they have left."""
    for one in several:
        if one.is_kept.done():
            continue
        if error is None:
            one.is_kept.set_result(None)
        else:
            one.is_kept.set_exception(error)
