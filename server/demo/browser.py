"""A person's browser, small: it follows redirects, keeps cookies, and fills the forms it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp
from yarl import URL

from server.demo.narrator import Difference

MOST_PAGES = 8
MOST_REDIRECTS = 12
HERE = ("127.0.0.1", "localhost", "::1")

Fields = list[tuple[str, str]]


@dataclass
class Button:
    """One way to send a form."""

    name: str
    value: str
    text: str = ""


@dataclass
class Form:
    """A form with the fields that it would send as it stands."""

    action: str
    fields: Fields = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A page that came to rest in the browser."""

    url: URL
    status: int
    title: str
    forms: list[Form]


@dataclass
class Landing:
    """Where a consent ended, and what the person saw on the way."""

    page: Page
    pages: int = 0
    redirects: int = 0


class Browser:
    """One person's browser."""

    def __init__(self, person: str, home: str) -> None:
        self.person = person
        self._home = URL(home).origin()
        self._redirects = 0
        # `unsafe` keeps cookies of hosts that are bare IP addresses: the sandbox and, mostly, our server.
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def consent(self, authorize_url: str, account: str) -> Landing:
        """Open the address and allow, as *account* where the platform asks; ends back at the server."""
        self._redirects = 0
        page = await self._open("GET", URL(authorize_url, encoded=True), None)
        for pages in range(MOST_PAGES):
            if page.url.origin() == self._home:
                return Landing(page, pages, self._redirects)
            form, button = self._answer(page, account)
            fields = [*form.fields, (button.name, button.value)]
            page = await self._open("POST", page.url.join(URL(form.action, encoded=True)), fields)
        raise Difference(
            "the consent did not end", expected=f"at most {MOST_PAGES} pages", got=f"“{page.title}”"
        )

    def _answer(self, page: Page, account: str) -> tuple[Form, Button]:
        """The button this person presses on *page*: who they are, then as which account, then yes."""
        for form in page.forms:
            for button in form.buttons:
                if self._presses(button, account):
                    return form, button
        raise Difference(
            "the platform showed another page",
            expected="a consent page to go on from",
            got=f"{page.status} “{page.title}”",
        )

    def _presses(self, button: Button, account: str) -> bool:
        match button.name:
            case "person":
                return button.value == self.person
            case "account" | "channel":
                return account in button.text
            case "decision":
                return button.value == "allow"
            case _:
                return False

    async def _open(self, method: str, url: URL, fields: Fields | None) -> Page:
        for _ in range(MOST_REDIRECTS):
            self._stay_here(url)
            async with self._session.request(
                method, url, data=None if fields is None else aiohttp.FormData(fields), allow_redirects=False
            ) as answer:
                location = answer.headers.get("Location")
                if location is None or not 300 <= answer.status < 400:
                    reader = FormReader()
                    reader.feed(await answer.text())
                    return Page(url, answer.status, reader.title, reader.forms)
            url, method, fields = url.join(URL(location, encoded=True)), "GET", None
            self._redirects += 1
        raise Difference(
            "the redirects did not end", expected=f"at most {MOST_REDIRECTS}", got=str(url.origin())
        )

    def _stay_here(self, url: URL) -> None:
        """The demo presses "Allow": it must never do so at a real platform."""
        if url.origin() != self._home and url.host not in HERE:
            raise Difference(
                "the server does not play with the sandbox",
                expected="consent pages of `linkroll serve --sandbox`",
                got=str(url.origin()),
            )


class FormReader(HTMLParser):
    """Reads a page's title and forms, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.forms: list[Form] = []
        self._button: Button | None = None
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a title, a form, a field or a button."""
        given = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._inside = tag
        elif tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and self.forms and _is_sent(given):
            self.forms[-1].fields.append((given["name"], given.get("value", "on")))
        elif tag == "button" and self.forms:
            self._button = Button(given.get("name", ""), given.get("value", ""))
            self.forms[-1].buttons.append(self._button)

    def handle_endtag(self, tag: str) -> None:
        """End a title or a button."""
        if tag == "title":
            self._inside = ""
        elif tag == "button":
            self._button = None

    def handle_data(self, data: str) -> None:
        """The words of a title or a button."""
        if self._inside == "title":
            self.title += data
        elif self._button is not None:
            self._button.text += data


def _is_sent(given: dict[str, str]) -> bool:
    """Whether a browser sends this field: named, not disabled, and ticked if it can be."""
    if "name" not in given or "disabled" in given:
        return False
    return given.get("type") != "checkbox" or "checked" in given
