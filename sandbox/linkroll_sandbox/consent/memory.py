"""Who is signed in at this browser: a cookie for each login, on the paths of its own hosts."""

from starlette.requests import Request
from starlette.responses import Response

from linkroll_sandbox.cast import Person
from linkroll_sandbox.consent.login import Login


def recall(login: Login, request: Request) -> tuple[str, str]:
    """The remembered person's key and account, both empty for a fresh browser."""
    person, _, account = request.cookies.get(_name(login), "").partition(":")
    return person, account


def keep(login: Login, response: Response, person: Person, account: str | None) -> Response:
    """Let the browser remember *person*, and the account if one was chosen."""
    for host in login.hosts:
        response.set_cookie(
            _name(login), f"{person.key}:{account or ''}", path=f"/{host}", httponly=True, samesite="lax"
        )
    return response


def forget(login: Login, response: Response) -> Response:
    """Sign out."""
    for host in login.hosts:
        response.delete_cookie(_name(login), path=f"/{host}")
    return response


def _name(login: Login) -> str:
    return f"sandbox_{login.key}"
