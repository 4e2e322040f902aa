"""Reading an account's own numbers: days since the last time, everything else as of now."""

from __future__ import annotations

from datetime import date, timedelta

from linkroll_sdk import (
    AccountReadings,
    Availability,
    ClientConfig,
    Http,
    Level,
    LinkedAccount,
    Metric,
    MetricFetcher,
)

from server.database import Record, Transaction
from server.host import Host
from server.services.account_facts import refresh_facts
from server.services.budgets import patient
from server.services.fetch_report import report
from server.services.fetched import believed, checked_account, storable_facts
from server.services.links import use_link
from server.services.poll_jobs import Job, finish
from server.services.recording import Fetch, found_in, lock_account, none_of, record
from server.services.rhythm import DAY, HOUR, next_beat
from server.services.wanted_metrics import Wanted, by_first_day, wanted


async def read_account(host: Host, job: Job, fetcher: MetricFetcher) -> None:
    """Fetch what is due of an account, keep it, and plan the next time."""
    plan = wanted(fetcher, job, Level.ACCOUNT, host.now(), job.last_ok_at)
    answers = []
    with patient():
        for since, metrics in by_first_day(plan.ask, job.last_ok_at, host.now().date()):
            answers.append(await _ask(host, job, fetcher, metrics, since))
    async with host.database.transaction() as transaction:
        account = await lock_account(host, transaction, job.account_id)
        if account is not None:
            await _keep(host, transaction, account, job, fetcher, plan, answers)


async def _ask(
    host: Host, job: Job, fetcher: MetricFetcher, metrics: list[Metric], since: date
) -> AccountReadings:
    until = host.now().date()

    async def question(http: Http, client: ClientConfig, account: LinkedAccount) -> AccountReadings:
        return checked_account(await fetcher.read_account(http, client, account, metrics, since, until))

    return await use_link(host, job.account_id, "read_account", question)


async def _keep(
    host: Host,
    transaction: Transaction,
    account: Record,
    job: Job,
    fetcher: MetricFetcher,
    plan: Wanted,
    answers: list[AccountReadings],
) -> None:
    today, odd = host.now().date(), 0
    lacking = none_of(plan.lacking, Availability.MISSING_SCOPE)
    version = next((answer.api_version for answer in answers), "")
    missing = found_in(fetcher, Level.ACCOUNT, job.login, lacking)
    found = list(missing)
    for answer in answers:
        good = believed(answer.readings, plan.ask, today)
        odd += good.odd
        found += found_in(fetcher, Level.ACCOUNT, job.login, good.readings)
        await refresh_facts(host, transaction, account, storable_facts(answer.facts))
    await record(host, transaction, account, Fetch(job.work, version, found))
    await report(host, transaction, job, [metric for answer in answers for metric in answer.dead], odd)
    await finish(
        host, transaction, job, next_beat(job.account_id, account_interval(fetcher, job.login), host.now())
    )


def account_interval(fetcher: MetricFetcher, login: str) -> timedelta:
    """How often an account is read: as its quickest metric, between an hour and a day."""
    cadences = [metric.cadence for metric in fetcher.catalogue(Level.ACCOUNT, login)]
    return max(HOUR, min(cadences, default=DAY)) if cadences else DAY
