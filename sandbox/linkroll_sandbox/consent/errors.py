"""The page a platform shows when it must not send the browser back."""

from html import escape

from starlette.responses import HTMLResponse, Response

from linkroll_sandbox.consent.layout import page
from linkroll_sandbox.refusals import Refusal


class ErrorPage(Refusal):
    """A configuration fault: unknown app, foreign redirect address. The app never hears of it."""

    def __init__(self, login: str, shown_as: str, title: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.login, self.shown_as, self.title, self.words, self.status = login, shown_as, title, words, status

    def response(self) -> Response:
        """The page, without any redirect."""
        body = "<p class=error>{}</p><p class=quiet>No redirect happens from here, as on the real page.</p>"
        html = page(self.login, self.shown_as, self.title, body.format(escape(self.words)))
        return HTMLResponse(html, status_code=self.status)
