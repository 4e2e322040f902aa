"""GraphQL operations, counted, timed and traced: the gate that they all pass, with a clock beside it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator

from server.services.callers.viewers import Viewer
from server.telemetry.metrics import OPERATION_SECONDS, OPERATIONS
from server.telemetry.traces import span
from server.transport.admission import Admitted, Asked, Gate, Refused


class ObservedGate(Gate):
    """A `Gate` that tells what passes."""

    def admit(self, viewer: Viewer | None, asked: Asked) -> Admitted:
        """See `Gate.admit`. What is refused has no kind yet; a subscription counts when it begins."""
        try:
            admitted = super().admit(viewer, asked)
        except Refused:
            OPERATIONS.labels("unknown", "refused").inc()
            raise
        if admitted.is_stream:
            OPERATIONS.labels(admitted.type.value, "begun").inc()
        return admitted

    @contextlib.asynccontextmanager
    async def running(self, viewer: Viewer | None, admitted: Admitted) -> AsyncIterator[None]:
        """See `Gate.running`."""
        kind, outcome, started = admitted.type.value, "failed", time.perf_counter()
        facts: dict[str, str | int] = {"graphql.operation.type": kind}
        if admitted.operation.name is not None:
            facts["graphql.operation.name"] = admitted.operation.name.value[:100]
        try:
            with span(f"GraphQL {kind}", facts):
                async with super().running(viewer, admitted):
                    yield
            outcome = "done"
        except Refused:
            outcome = "refused"
            raise
        finally:
            OPERATIONS.labels(kind, outcome).inc()
            OPERATION_SECONDS.labels(kind).observe(time.perf_counter() - started)
