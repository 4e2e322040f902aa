"""
The YouTube Analytics API (section 4): the frame of a report.

Nobody in the cast has numbers yet; without data the real answer leaves `rows` out, so this is a
true answer for an account on which nothing has happened.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.google import scopes
from linkroll_sandbox.google.callers import google_caller
from linkroll_sandbox.google.errors import ApiError

_REQUIRED = ("ids", "startDate", "endDate", "metrics")
_ACCEPTED = frozenset({scopes.YOUTUBE_READ, scopes.ANALYTICS_READ})


async def reports(request: Request) -> Response:
    """GET /v2/reports."""
    caller = google_caller(request)
    caller.require(_ACCEPTED)
    params = request.query_params
    missing = [name for name in _REQUIRED if name not in params]
    if missing:
        raise ApiError(400, "required", f"Required parameter: {missing[0]}")
    if params["ids"] not in ("channel==MINE", f"channel=={caller.grant.subject}"):
        raise ApiError(403, "forbidden", "Forbidden")
    dimensions = [_header(name, "DIMENSION", "STRING") for name in _names(params.get("dimensions", ""))]
    metrics = [_header(name, "METRIC", "INTEGER") for name in _names(params["metrics"])]
    return JSONResponse({"kind": "youtubeAnalytics#resultTable", "columnHeaders": dimensions + metrics})


def _names(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


def _header(name: str, column_type: str, data_type: str) -> dict[str, str]:
    return {"name": name, "columnType": column_type, "dataType": data_type}


routes = [Route("/v2/reports", reports)]
