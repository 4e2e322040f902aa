"""What a stand-in says no with: an exception that knows its own HTTP answer."""

from starlette.requests import Request
from starlette.responses import Response


class Refusal(Exception):
    """A platform's refusal. Every platform has its own subclass with its own body."""

    def response(self) -> Response:
        """The answer exactly as the platform would send it."""
        raise NotImplementedError


async def answer_refusal(request: Request, refusal: Exception) -> Response:
    """Starlette's exception handler for every `Refusal`."""
    assert isinstance(refusal, Refusal)
    return refusal.response()
