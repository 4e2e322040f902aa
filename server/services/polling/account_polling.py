"""Reading an account's own numbers: days since the last time, everything else as of now."""

from __future__ import annotations

from datetime import timedelta

from linkroll_sdk import (
    AccountReadings,
    Availability,
    ClientConfig,
    Http,
    Level,
    LinkedAccount,
    MetricFetcher,
)

from server.database import Record, Transaction
from server.host import Host
from server.services.links.account_facts import refresh_facts
from server.services.links.links import use_link
from server.services.platforms.budgets import patient
from server.services.platforms.fetched import believed, checked_account, storable_facts
from server.services.polling.fetch_report import report
from server.services.polling.findings import found_in, none_of
from server.services.polling.poll_jobs import Job, finish
from server.services.polling.recording import Fetch, lock_account, record
from server.services.polling.rhythm import DAY, HOUR, next_beat
from server.services.polling.wanted_metrics import Call, Wanted, calls_for, wanted


async def read_account(host: Host, job: Job, fetcher: MetricFetcher) -> None:
    """Fetch what is due of an account, and plan the next time. Each answer is kept at once."""
    now = host.now()
    plan = wanted(fetcher, job, Level.ACCOUNT, now, job.last_ok_at)
    calls = calls_for(plan.ask, job.last_ok_at, job.consented_at, now.date(), fetcher.day_batch)
    for call in calls[:-1]:
        await _keep(host, job, fetcher, plan, await _ask(host, job, fetcher, call), is_last=False)
    answer = await _ask(host, job, fetcher, calls[-1]) if calls else None
    await _keep(host, job, fetcher, plan, answer, is_last=True)


async def _ask(host: Host, job: Job, fetcher: MetricFetcher, call: Call) -> AccountReadings:
    async def question(http: Http, client: ClientConfig, account: LinkedAccount) -> AccountReadings:
        return checked_account(
            await fetcher.read_account(http, client, account, call.metrics, call.since, call.until)
        )

    with patient():
        return await use_link(host, job.account_id, "read_account", question)


async def _keep(
    host: Host,
    job: Job,
    fetcher: MetricFetcher,
    plan: Wanted,
    answer: AccountReadings | None,
    *,
    is_last: bool,
) -> None:
    async with host.database.transaction() as transaction:
        account = await lock_account(host, transaction, job.account_id)
        if account is None:
            return
        await _record(host, transaction, account, job, fetcher, plan, answer)
        if is_last:
            every = account_interval(fetcher, job.login)
            await finish(host, transaction, job, next_beat(job.account_id, every, host.now()))


async def _record(
    host: Host,
    transaction: Transaction,
    account: Record,
    job: Job,
    fetcher: MetricFetcher,
    plan: Wanted,
    answer: AccountReadings | None,
) -> None:
    readings, version = none_of(plan.lacking, Availability.MISSING_SCOPE), ""
    if answer is not None:
        good = believed(answer.readings, plan.ask, host.now().date())
        readings, version = [*readings, *good.readings], answer.api_version
        await refresh_facts(host, transaction, account, storable_facts(answer.facts))
        await report(host, transaction, job, answer.dead, good.odd)
    found = found_in(fetcher, Level.ACCOUNT, job.login, readings)
    await record(host, transaction, account, Fetch(job.work, version, found))


def account_interval(fetcher: MetricFetcher, login: str) -> timedelta:
    """How often an account is read: as its quickest metric, between an hour and a day."""
    cadences = [metric.cadence for metric in fetcher.catalogue(Level.ACCOUNT, login)]
    return max(HOUR, min(cadences, default=DAY)) if cadences else DAY
