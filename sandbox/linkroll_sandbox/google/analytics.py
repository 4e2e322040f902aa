"""The YouTube Analytics API (section 4): reports of the channel that a token acts as."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.content import accounts
from linkroll_sandbox.google import scopes
from linkroll_sandbox.google.callers import GoogleCaller, google_caller
from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.google.report_query import METRICS, read_query
from linkroll_sandbox.google.report_rows import rows_of

_ACCEPTED = frozenset({scopes.YOUTUBE_READ, scopes.ANALYTICS_READ})


async def reports(request: Request) -> Response:
    """GET /v2/reports. Numbers are numbers here, and without data `rows` is left out."""
    caller = google_caller(request)
    caller.require(_ACCEPTED)
    query = read_query(caller.world, request.query_params)
    account = _account(caller, request.query_params["ids"])
    body: dict[str, Any] = {
        "kind": "youtubeAnalytics#resultTable",
        "columnHeaders": [_header(name) for name in query.columns],
    }
    rows = rows_of(caller.world, account, query)
    return JSONResponse(body | ({"rows": rows} if rows else {}))


def _account(caller: GoogleCaller, ids: str) -> accounts.Account:
    """The one channel of the token. Raises 403 forbidden for any other, and for one that is gone."""
    channel = caller.world.cast.channel(caller.grant.subject)
    if channel is None or channel.closed or caller.person.key not in channel.managers:
        raise ApiError(403, "forbidden", "Forbidden")
    if ids not in ("channel==MINE", f"channel=={channel.id}"):
        raise ApiError(403, "forbidden", "Forbidden")
    return accounts.of(channel)


def _header(name: str) -> dict[str, str]:
    if name in METRICS:
        return {"name": name, "columnType": "METRIC", "dataType": METRICS[name]}
    return {"name": name, "columnType": "DIMENSION", "dataType": "STRING"}


routes = [Route("/v2/reports", reports)]
