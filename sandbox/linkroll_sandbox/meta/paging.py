"""Cursor paging of Graph lists (section 4.6): `next` is missing on the last page, cursors are not."""

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.datastructures import URL
from starlette.requests import Request

from linkroll_sandbox.meta.callers import token_text
from linkroll_sandbox.meta.errors import GraphError

Item = TypeVar("Item")
_DEFAULT_LIMIT = 25


def paged(
    request: Request,
    items: Sequence[Item],
    show: Callable[[Item], dict[str, Any]],
    *,
    empty_first: bool = False,
) -> dict[str, Any]:
    """The page of *items* that `limit` and `after` ask for, each as *show* has it."""
    limit = _limit(request.query_params.get("limit"))
    after = request.query_params.get("after")
    start = _offset(after) if after else 0
    if empty_first and not after and items:
        return {"data": [], "paging": {"cursors": _cursors(0, 0), "next": _next(request, 0)}}
    shown = [show(item) for item in items[start : start + limit]]
    if not shown:
        return {"data": []}
    paging: dict[str, Any] = {"cursors": _cursors(start, start + len(shown))}
    if start + limit < len(items):
        paging["next"] = _next(request, start + limit)
    return {"data": shown, "paging": paging}


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not text.isdigit() or text == "0":
        raise GraphError(100, "(#100) Param limit must be a positive integer")
    return min(int(text), 100)


def _cursors(start: int, end: int) -> dict[str, str]:
    return {"before": _cursor(start), "after": _cursor(end)}


def _cursor(offset: int) -> str:
    return "QVFI" + base64.urlsafe_b64encode(f"sandbox:{offset}".encode()).decode().rstrip("=")


def _offset(cursor: str) -> int:
    try:
        text = cursor.removeprefix("QVFI")
        padded = text + "=" * (-len(text) % 4)
        return int(base64.urlsafe_b64decode(padded).decode().removeprefix("sandbox:"))
    except ValueError as error:
        raise GraphError(2642, "(#2642) Invalid cursors values") from error


def _next(request: Request, offset: int) -> str:
    return same_call(request, after=_cursor(offset))


def same_call(request: Request, **changes: object) -> str:
    """The real https address of this call with *changes*. The access token is in it, as in Meta's."""
    path = request.scope["path_with_version"].lstrip("/")
    url = URL(f"https://{path}?{request.url.query}")
    return str(url.include_query_params(access_token=token_text(request), **changes))
