"""What a fetch found wrong: metrics that the platform refused, and answers that cannot be believed."""

from __future__ import annotations

from collections.abc import Sequence

from linkroll_sdk import DeadMetric

from server.database import Transaction
from server.host import Host
from server.services.operator.operator_notices import NoticeKind, note
from server.services.polling.poll_jobs import Job, keep_refused


async def report(
    host: Host, transaction: Transaction, job: Job, dead: Sequence[DeadMetric], odd: int = 0
) -> None:
    """Tell the operator, each matter once, and do not ask for the refused metrics again for a day."""
    subject = f"{job.platform} by {job.login}, {job.work.value}"
    # In one order for everybody: two transactions must not wait for each other's notices.
    refused = sorted({metric.platform_name: metric for metric in dead}.items())
    for name, metric in refused[:50]:
        detail = f"The platform refused {name} ({metric.platform_code or 'without a code'})."
        await note(host, transaction, NoticeKind.DEAD_METRIC, f"{subject}: {name}", detail)
    await keep_refused(host, transaction, job, [name for name, _ in refused])
    if odd:
        detail = f"{odd} readings or posts of one answer cannot be true or cannot be stored."
        await note(host, transaction, NoticeKind.ODD_ANSWER, subject, detail)
