"""What a fetch found wrong: metrics that the platform refused, and answers that cannot be believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linkroll_sdk import DeadMetric

from server.database import Transaction
from server.host import Host
from server.services.operator.operator_notices import NoticeKind, note
from server.services.polling.poll_jobs import Job, keep_refused


@dataclass(frozen=True, slots=True)
class Report:
    """What was wrong with the answer about a job: metrics that are *dead*, and how much of it was *odd*."""

    job: Job
    dead: Sequence[DeadMetric]
    odd: int = 0


async def report(host: Host, transaction: Transaction, reports: Sequence[Report]) -> None:
    """Tell the operator, each matter once, and do not ask for the refused metrics again for a day."""
    for one in reports:
        await keep_refused(host, transaction, one.job, [metric.platform_name for metric in one.dead])
    # In one order for everybody: two transactions must not wait for each other's notices.
    for kind, subject, detail in sorted(matter for one in reports for matter in _matters(one)):
        await note(host, transaction, kind, subject, detail)


def _matters(found: Report) -> Iterable[tuple[NoticeKind, str, str]]:
    job = found.job
    subject = f"{job.platform} by {job.login}, {job.work.value}"
    refused = sorted({metric.platform_name: metric for metric in found.dead}.items())
    for name, metric in refused[:50]:
        detail = f"The platform refused {name} ({metric.platform_code or 'without a code'})."
        yield NoticeKind.DEAD_METRIC, f"{subject}: {name}", detail
    if found.odd:
        detail = f"{found.odd} readings or posts of one answer cannot be true or cannot be stored."
        yield NoticeKind.ODD_ANSWER, subject, detail
