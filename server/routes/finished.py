"""Our own page at the end of a consent, for attempts without a `returnUrl`."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.host import Host
from server.ids import uuid_id
from server.routes import pages
from server.routes.cookie import read_cookie
from server.services.connect.attempts import LINKED, digest, state_sql
from server.services.refusals import AttemptExpired, Refusal, from_record


async def finished(request: Request) -> Response:
    """`GET /connect/finished?attempt=…`: how it ended, for the browser that began it and for no other."""
    host: Host = request.app.state.host
    attempt_id = uuid_id(request.query_params.get("attempt", ""), "ConnectAttempt")
    secret = read_cookie(request, host)
    row = await host.database.fetchrow(
        f"SELECT {state_sql('t', '$3::timestamptz')} AS state, t.outcome_code, t.outcome_facts,"
        " ARRAY(SELECT COALESCE('@' || a.handle, a.display_name, a.platform_id) FROM connect_candidate c"
        "  JOIN social_account a ON a.id = c.account_id WHERE c.attempt_id = t.id ORDER BY c.position) AS linked"
        " FROM connect_attempt t WHERE t.id = $1 AND t.browser_hash = $2",
        attempt_id,
        digest(secret or ""),
        host.now(),
    )
    if row is None:
        return pages.not_taken()
    if row["state"] == "CHOOSING":
        return pages.choose()
    if row["state"] in ("PENDING", "AUTHORIZING", "EXCHANGING"):
        return pages.unfinished()
    if row["outcome_code"] == LINKED:
        return pages.linked(row["linked"])
    return pages.refused(_refusal(row["outcome_code"], row["outcome_facts"]))


def _refusal(code: str | None, facts: str | None) -> Refusal:
    return from_record(code, orjson.loads(facts or "{}")) if code else AttemptExpired()
