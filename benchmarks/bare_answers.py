"""What the bare endpoint's answers have in common."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

import orjson
from starlette.responses import Response


def gid(kind: str, key: int) -> str:
    """A global id."""
    return b64encode(b"%s:%d" % (kind.encode(), key)).decode()


def when(moment: datetime | None) -> str | None:
    """A moment as the API prints it."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def answer(data: dict[str, Any]) -> Response:
    """The answer as JSON."""
    return Response(orjson.dumps({"data": data}), media_type="application/json")
