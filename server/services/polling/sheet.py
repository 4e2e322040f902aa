"""What answers of platforms mean for the tables: collected first, then written by one statement a table."""

from __future__ import annotations

from dataclasses import dataclass, field

from linkroll_sdk import AccountFacts

from server.database import Record, Transaction
from server.host import Host
from server.services.links.account_facts import refresh_facts
from server.services.polling.fetch_report import Report, report
from server.services.polling.poll_jobs import Visit, finish
from server.services.polling.post_ledger import (
    PlannedReading,
    make_posts_due,
    mark_gone,
    plan_readings,
)
from server.services.polling.recording import Fetch, record_all


@dataclass(slots=True)
class Sheet:
    """What is to be written in a transaction that holds the accounts. Each list names an account once."""

    fetches: list[tuple[Record, Fetch]] = field(default_factory=list)
    readings: list[PlannedReading] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    """Posts that the platform has no more."""
    wanted: list[int] = field(default_factory=list)
    """Accounts whose posts somebody wants to have read now."""
    visits: list[Visit] = field(default_factory=list)
    renamed: list[tuple[Record, str]] = field(default_factory=list)
    """Accounts with the handle that they have now."""
    reports: list[Report] = field(default_factory=list)

    async def write(self, host: Host, transaction: Transaction) -> None:
        """Write all of it, in one order for everybody: two transactions must not wait for each other."""
        await record_all(host, transaction, self.fetches)
        await plan_readings(transaction, self.readings)
        await mark_gone(transaction, host.now(), self.gone)
        await make_posts_due(host, transaction, self.wanted)
        await finish(host, transaction, self.visits)
        for account, handle in self.renamed:
            await refresh_facts(host, transaction, account, AccountFacts(handle=handle))
        await report(host, transaction, self.reports)
