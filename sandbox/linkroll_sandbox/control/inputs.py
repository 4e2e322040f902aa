"""Reading control input strictly: whatever is not understood is answered with what would be."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from linkroll_sandbox.refusals import Refusal
from linkroll_sandbox.registrations import is_loopback_url

Input = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]


class ControlError(Refusal):
    """The caller asked wrongly; the sentence says what is accepted."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status

    def response(self) -> Response:
        """`{"error": sentence}`."""
        return JSONResponse({"error": self.sentence}, status_code=self.status)


async def read_input(request: Request) -> Input:
    """The JSON object of a program, or the fields of the HTML page's form."""
    if await is_form(request):
        form = await request.form()
        return {name: str(value) for name, value in form.items() if value != ""}
    if not await request.body():
        return {}
    return as_object(await read_json(request))


async def read_json(request: Request) -> Any:
    """Any JSON value."""
    try:
        return await request.json()
    except ValueError as error:
        raise ControlError("The body is not JSON.") from error


def as_object(value: Any) -> Input:
    """*value* if it is a JSON object."""
    if not isinstance(value, dict):
        raise ControlError(f"Expected a JSON object, got {type(value).__name__}.")
    return value


def only(given: Input, accepted: Iterable[str]) -> Input:
    """*given*, if it has no field beyond *accepted*."""
    accepted = list(accepted)
    unknown = [name for name in given if name not in accepted]
    if unknown:
        known = f"accepted are {', '.join(accepted)}" if accepted else "no field is accepted here"
        raise ControlError(f"Unknown field {unknown[0]!r}: {known}.")
    return given


def one_of(given: Input, name: str, accepted: Iterable[str], default: str | None = None) -> str:
    """The field *name*, which must be one of *accepted*."""
    value, accepted = given.get(name, default), list(accepted)
    if value not in accepted:
        raise ControlError(f"{name} must be one of {', '.join(accepted)}, not {value!r}.")
    return str(value)


def text(given: Input, name: str) -> str:
    """The field *name*, a text that must be there."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} is required and must be a text.")
    return value


def texts(given: Input, name: str) -> list[str] | None:
    """The field *name*, a list of texts; None when it is not given. A form sends commas."""
    value = given.get(name)
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise ControlError(f"{name} must be a list of texts.")
    return value


def number(given: Input, name: str, default: float | None = None) -> float:
    """The field *name*, a finite number."""
    value = given.get(name, default)
    try:
        found = float(value) if not isinstance(value, bool) else float("nan")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = float("nan")
    if not abs(found) < 1e12:
        raise ControlError(f"{name} must be a number, not {value!r}.")
    return found


async def is_form(request: Request) -> bool:
    """Whether a browser's form was sent. JSON counts as JSON even if curl labels it a form."""
    labelled = "form" in request.headers.get("content-type", "")
    return labelled and (await request.body()).lstrip()[:1] not in (b"{", b"[")


def guarded(endpoint: Endpoint) -> Endpoint:
    """
    Keep other web pages out, and lead a form back to the page it came from.

    A site that a developer visits could otherwise post forms at the sandbox unseen.
    """

    async def inner(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin and not is_loopback_url(origin):
            raise ControlError(f"{urlsplit(origin).hostname} may not turn this sandbox.", 403)
        response = await endpoint(request)
        return RedirectResponse("/_control/", status_code=303) if await is_form(request) else response

    return inner
