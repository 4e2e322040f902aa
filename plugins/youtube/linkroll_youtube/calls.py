"""
Calls to Google's APIs, and lenient reading of what they answer.

A number that is missing is never 0: the readers here give None, and the caller says why there is none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from linkroll_sdk import Http, Request, UnexpectedAnswer

from linkroll_youtube.errors import classify

DATA_API = "https://youtube.googleapis.com/youtube/v3"
ANALYTICS_API = "https://youtubeanalytics.googleapis.com/v2"


async def ask(
    http: Http, access_token: str, url: str, operation: str, params: Mapping[str, str]
) -> dict[str, Any]:
    """The JSON object that a GET answers. Raises what `classify` makes of a refusal."""
    request = Request("GET", url, operation, params=params, access_token=access_token)
    response = await http.send(request)
    error = classify(response, operation, http.now())
    if error is not None:
        raise error
    return response.json_object()


def items_of(answer: Mapping[str, Any], operation: str) -> list[Mapping[str, Any]]:
    """The items of a list answer. No match is an answer without the key (sheet 3, confirmed)."""
    items = answer.get("items", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnexpectedAnswer("items is no list of objects", operation=operation)
    return items


def object_in(parent: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """An object, empty where there is none."""
    value = parent.get(field)
    return value if isinstance(value, dict) else {}


def string_in(parent: Mapping[str, Any], field: str) -> str:
    """A string, empty where there is none."""
    value = parent.get(field)
    return value if isinstance(value, str) else ""


def count_in(parent: Mapping[str, Any], field: str) -> int | None:
    """A count of the Data API, which sends them as decimal strings (sheet 3, confirmed); else None."""
    count = string_in(parent, field)
    return int(count) if re.fullmatch(r"[0-9]{1,20}", count) else None


def number_in(parent: Mapping[str, Any], field: str) -> float | None:
    """A number of the Analytics API, which sends JSON numbers (sheet 4, confirmed); else None."""
    value = parent.get(field)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def picture_in(parent: Mapping[str, Any]) -> str | None:
    """The largest of an object's thumbnails."""
    thumbnails = object_in(parent, "thumbnails")
    urls = (string_in(object_in(thumbnails, size), "url") for size in ("high", "medium", "default"))
    return next((url for url in urls if url.startswith("https://")), None)
