"""What every Display API answer has in common: the envelope, and `fields` in the query."""

from collections.abc import Container
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.tiktok.errors import ApiError, log_id


def wanted_fields(request: Request, known: Container[str]) -> list[str]:
    """The asked fields, always from the query, on POST too. Raises `invalid_params`."""
    fields = [one for one in request.query_params.get("fields", "").split(",") if one]
    if not fields:
        raise ApiError("invalid_params", "Fields is required.")
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise ApiError("invalid_params", f"Invalid fields: {', '.join(unknown)}")
    return fields


def ok(data: dict[str, Any]) -> Response:
    """*data* in the envelope; even success has an error object."""
    number = log_id()
    body = {"data": data, "error": {"code": "ok", "message": "", "log_id": number}}
    return JSONResponse(body, headers={"x-tt-logid": number})
