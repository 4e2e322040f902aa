"""A platform played from a script: recorded answers, and a record of what was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from linkroll_sdk.http import Allowance, Request, Response


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the next request, which must be *method* to an address ending in *path*."""

    method: str
    path: str
    response: Response


def json_answer(method: str, path: str, body: object, status: int = 200) -> Answer:
    """An `Answer` with a JSON body."""
    headers = {"content-type": "application/json"}
    return Answer(method, path, Response(status, headers, json.dumps(body).encode()))


@dataclass
class ScriptedHttp:
    """
    An `Http` that answers from a script, in order, under the plugin's own allowance.

    `requests` holds what was sent. A request that is not the next of the script is a failed test.
    """

    allowance: Allowance
    script: Sequence[Answer]
    at: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    requests: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Response:
        self.allowance.check_request(request)
        assert len(self.requests) < len(self.script), f"one request too many: {request.method} {request.url}"
        answer = self.script[len(self.requests)]
        self.requests.append(request)
        asked = f"{request.method} {request.url.partition('?')[0]}"
        assert request.method == answer.method and request.url.partition("?")[0].endswith(answer.path), (
            f"asked for {asked}, the script has {answer.method} …{answer.path}"
        )
        return answer.response

    def now(self) -> datetime:
        return self.at
