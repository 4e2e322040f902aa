"""Sending a browser back to the app."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse


def with_query(url: str, answer: dict[str, str], fragment: str = "") -> str:
    """*url* with *answer* added to its query, then the platform's trailing fragment."""
    joint = "&" if "?" in url else "?"
    given = {name: value for name, value in answer.items() if value != ""}
    return f"{url}{joint}{urlencode(given)}{fragment}"


def send_back(url: str, answer: dict[str, str], fragment: str = "") -> RedirectResponse:
    """The 302 that ends a consent."""
    return RedirectResponse(with_query(url, answer, fragment), status_code=302)
