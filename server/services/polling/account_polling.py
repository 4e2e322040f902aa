"""Reading an account's own numbers: days since the last time, everything else as of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from linkroll_sdk import (
    AccountReadings,
    Availability,
    ClientConfig,
    FoundPost,
    Http,
    Level,
    LinkedAccount,
    MetricFetcher,
)

from server.database import Record
from server.host import Host
from server.services.links.links import use_link
from server.services.platforms.budgets import patient
from server.services.platforms.fetched import believed, checked_account, entries_of, storable_facts
from server.services.polling.fetch_report import Report
from server.services.polling.findings import found_in, none_of
from server.services.polling.keeping import Answered, Keeper
from server.services.polling.poll_jobs import NO_FACTS, Job, Visit
from server.services.polling.post_ledger import KeptPost
from server.services.polling.recording import Fetch
from server.services.polling.rhythm import DAY, HOUR, next_beat
from server.services.polling.sheet import Sheet
from server.services.polling.wanted_metrics import Call, Wanted, calls_for, wanted


async def read_account(host: Host, job: Job, fetcher: MetricFetcher, keeper: Keeper) -> Answered:
    """Fetch what is due of an account; the last answer. Those before it are kept at once."""
    now = host.now()
    plan = wanted(fetcher, job, Level.ACCOUNT, now, job.last_ok_at)
    calls = calls_for(plan.ask, job.last_ok_at, job.consented_at, now.date(), fetcher.day_batch)
    for call in calls[:-1]:
        part = await _ask(host, job, fetcher, call)
        await keeper.keep(AccountAnswered(job, fetcher, plan, part, is_last=False))
    answer = await _ask(host, job, fetcher, calls[-1]) if calls else None
    return AccountAnswered(job, fetcher, plan, answer)


async def _ask(host: Host, job: Job, fetcher: MetricFetcher, call: Call) -> AccountReadings:
    async def question(http: Http, client: ClientConfig, account: LinkedAccount) -> AccountReadings:
        return checked_account(
            await fetcher.read_account(http, client, account, call.metrics, call.since, call.until)
        )

    with patient():
        row = job.fresh_link(host.now())
        return await use_link(host, job.account_id, "read_account", question, row=row)


@dataclass(frozen=True, slots=True)
class AccountAnswered:
    """One answer about an account's own numbers; None where there was nothing to ask."""

    job: Job
    fetcher: MetricFetcher
    plan: Wanted
    answer: AccountReadings | None
    is_last: bool = True

    def posts(self) -> Sequence[FoundPost]:
        """None."""
        return ()

    def enter(self, host: Host, sheet: Sheet, account: Record, kept: Sequence[KeptPost]) -> None:
        """Its numbers, and when the account is read next."""
        readings, version = none_of(self.plan.lacking, Availability.MISSING_SCOPE), ""
        facts = NO_FACTS
        if self.answer is not None:
            good = believed(self.answer.readings, entries_of(self.plan.ask), host.now().date())
            readings, version = [*readings, *good.readings], self.answer.api_version
            facts = storable_facts(self.answer.facts) or facts
            sheet.reports.append(Report(self.job, self.answer.dead, good.odd))
        found = found_in(self.fetcher, Level.ACCOUNT, self.job.login, readings)
        sheet.fetches.append((account, Fetch(self.job.work, version, found)))
        sheet.visits.append(Visit(self.job, self._next_at(host), facts))
        if facts.handle is not None and facts.handle != account["handle"]:
            sheet.renamed.append((account, facts.handle))

    def _next_at(self, host: Host) -> datetime | None:
        if not self.is_last:
            return None
        every = account_interval(self.fetcher, self.job.login)
        return next_beat(self.job.account_id, every, host.now())


def account_interval(fetcher: MetricFetcher, login: str) -> timedelta:
    """How often an account is read: as its quickest metric, between an hour and a day."""
    cadences = [metric.cadence for metric in fetcher.catalogue(Level.ACCOUNT, login)]
    return max(HOUR, min(cadences, default=DAY)) if cadences else DAY
