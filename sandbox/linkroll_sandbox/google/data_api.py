"""What every call of the YouTube Data API has in common: caller, parts, limits, ids, etags."""

import hashlib
import json
from collections.abc import Container
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.google import quota, scopes
from linkroll_sandbox.google.callers import GoogleCaller, google_caller
from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.world import World, world_of

MOST = 50


def opened(request: Request, bucket: str = quota.GENERAL) -> World:
    """The world, once the caller may read and has paid. A key opens public data, without a person."""
    if "key" not in request.query_params or "authorization" in request.headers:
        reader(request)
    world = world_of(request)
    quota.spend(world, bucket)
    return world


def reader(request: Request) -> GoogleCaller:
    """The person who calls. Raises 401 authError or 403 insufficientPermissions."""
    caller = google_caller(request)
    caller.require(scopes.YOUTUBE)
    return caller


def wanted_parts(params: QueryParams, known: Container[str]) -> list[str]:
    """The parts of an item that were asked for; `id` is always one of them."""
    parts = _commas(params.getlist("part"))
    if not parts:
        raise missing_parameter(["part"])
    unknown = [one for one in parts if one not in known and one != "id"]
    if unknown:
        raise ApiError(400, "unknownPart", f"'{unknown[0]}'", "youtube.part")
    return parts


def limit_of(params: QueryParams) -> int:
    """`maxResults`: 0 to 50, usually 5."""
    text = params.get("maxResults", "5")
    if not text.isdecimal() or int(text) > MOST:
        words = f"Invalid value for maxResults. Values must be within the range: [0, {MOST}]"
        raise ApiError(400, "badRequest", words)
    return int(text)


def wanted_ids(params: QueryParams) -> list[str]:
    """`id`, repeated or with commas, at most fifty [recalled]."""
    wanted = list(dict.fromkeys(_commas(params.getlist("id"))))
    if not wanted:
        raise missing_parameter(["id"])
    if len(wanted) > MOST:
        words = f"The request specifies too many ids; at most {MOST} are allowed."
        raise ApiError(400, "invalidFilters", words, "youtube.parameter")
    return wanted


def missing_parameter(expected: list[str]) -> ApiError:
    """400: nothing says what to answer about."""
    words = f"No filter selected. Expected one of: {', '.join(expected)}"
    return ApiError(400, "missingRequiredParameter", words, "youtube.parameter")


def _commas(texts: list[str]) -> list[str]:
    return [one for text in texts for one in text.split(",") if one]


def resource(kind: str, item_id: str, parts: dict[str, Any]) -> dict[str, Any]:
    """One item of an answer, with its etag."""
    item = {"kind": kind, "id": item_id, **parts}
    return {**item, "etag": _etag(item)}


def tagged(request: Request, body: dict[str, Any]) -> Response:
    """With its etag; the same etag in If-None-Match answers 304 without a body [recalled]."""
    etag = _etag(body)
    if request.headers.get("if-none-match", "").strip('"') == etag:
        return Response(status_code=304, headers={"etag": etag})
    return JSONResponse({**body, "etag": etag}, headers={"etag": etag})


def _etag(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:27]
