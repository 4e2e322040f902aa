"""
One call to TikTok's Display API v2, and its answers read leniently (tiktok sheets 3 and 4).

Every answer is `{"data": …, "error": {"code": "ok"}}`. What TikTok left out, or sent in a shape that is no
answer, is None and never 0: a metric may be missing (sheet 3, confirmed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from linkroll_sdk import Http, Metric, MetricsRefused, Request, UnexpectedAnswer

from linkroll_tiktok import errors

HOST = "open.tiktokapis.com"
API_VERSION = "v2"

USER_INFO_URL = f"https://{HOST}/v2/user/info/"
VIDEO_LIST_URL = f"https://{HOST}/v2/video/list/"
VIDEO_QUERY_URL = f"https://{HOST}/v2/video/query/"
"""Trailing slashes included. Tiktok sheet 3, confirmed."""

_YEAR_2100 = 4_102_444_800
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


async def ask(http: Http, request: Request, metrics: Sequence[Metric] = ()) -> Mapping[str, Any]:
    """
    `data` of the answer. *metrics* are those whose fields the request asks for.

    Raises what `errors.classify` finds. `invalid_params` is TikTok's word for a field that it does not
    know, among other things (sheet 4, confirmed): with metrics in the call it is `MetricsRefused`, which
    names none of them, because TikTok's message is prose.
    """
    response = await http.send(request)
    error = errors.classify(response, request.operation)
    if error is None:
        return _data_in(response.json_object(), request.operation)
    if metrics and error.platform_code == "invalid_params":
        raise MetricsRefused(operation=request.operation, platform_code="invalid_params")
    raise error


def metric_fields(metrics: Sequence[Metric]) -> list[str]:
    """TikTok's fields for *metrics*; a number that we add up is named after its parts (`a+b`)."""
    return [field for metric in metrics for field in metric.platform_name.split("+")]


def joined(fields: Sequence[str]) -> str:
    """`fields=` as TikTok takes it: commas, each field once."""
    return ",".join(dict.fromkeys(fields))


def string(answer: Mapping[str, Any], field: str) -> str:
    """A text; "" where there is none."""
    value = answer.get(field)
    return value if isinstance(value, str) else ""


def count(answer: Mapping[str, Any], field: str) -> int | None:
    """A count, also one that comes as a string, as 64-bit numbers do in JSON; None for anything else."""
    value = answer.get(field)
    digits = str(value) if isinstance(value, (int, str)) else ""
    return int(digits) if _WHOLE_NUMBER.fullmatch(digits) else None


def moment(answer: Mapping[str, Any], field: str) -> datetime | None:
    """A time that comes as Unix seconds (aware UTC); None for none, for 1970, and for what is no time."""
    seconds = count(answer, field)
    return datetime.fromtimestamp(seconds, UTC) if seconds and seconds < _YEAR_2100 else None


def _data_in(answer: Mapping[str, Any], operation: str) -> Mapping[str, Any]:
    data = answer.get("data")
    if not isinstance(data, dict):
        raise UnexpectedAnswer("data is missing", operation=operation)
    return data
