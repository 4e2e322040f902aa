"""Graph API errors: one envelope, many codes (section 5), and what a dead token is told."""

import secrets
from typing import Any

from starlette.responses import JSONResponse, Response

from linkroll_sandbox.refusals import Refusal

#: Why a token died → subcode of code 190 and the platform's words. Where the subcode is missing,
#: as is usual on graph.instagram.com, the words are all that a client has.
DEATHS: dict[str, tuple[int, str]] = {
    "app_removed": (458, "The user has not authorized application {app}."),
    "revoked": (458, "The user has not authorized application {app}."),
    "checkpoint": (
        459,
        "You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
    ),
    "password_changed": (
        460,
        "The session has been invalidated because the user changed their password or Facebook has "
        "changed the session for security reasons.",
    ),
    "expired": (463, "Session has expired."),
    "unconfirmed": (464, "Sessions are not allowed because the user is not a confirmed user."),
    "logged_out": (467, "This may be because the user logged out or may be due to a system error."),
    "blocking_checkpoint": (490, "The user is enrolled in a blocking, logged-in checkpoint."),
    "role_lost": (492, "The user must be an administrator of the page in order to impersonate it."),
    "page_gone": (0, "The page has been deleted."),
    "account_closed": (0, "The account has been deleted."),
}
REDIRECT_MISMATCH = (
    "Error validating verification code. Please make sure your redirect_uri is identical to the one "
    "you used in the OAuth dialog request"
)
UNREADABLE = "Invalid OAuth access token - Cannot parse access token"


def death(reason: str, app_id: str) -> tuple[int | None, str]:
    """Subcode (None where Meta gives none) and message for a token that died of *reason*."""
    subcode, words = DEATHS[reason]
    return subcode or None, f"Error validating access token: {words.format(app=app_id)}"


class GraphError(Refusal):
    """An error in the Graph envelope."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        kind: str = "OAuthException",
        status: int = 400,
        transient: bool = False,
        headers: dict[str, str] | None = None,
        user_title: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.subcode, self.kind = code, message, subcode, kind
        self.user_title = user_title
        self.status, self.is_transient, self.headers = status, transient, headers

    def body(self) -> dict[str, Any]:
        """The inside of the envelope."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.is_transient:
            error["is_transient"] = True
        if self.user_title is not None:
            error |= {
                "is_transient": False,
                "error_user_title": self.user_title,
                "error_user_msg": self.message,
            }
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(12)[:16]
        return error

    def response(self) -> Response:
        """The envelope with its status."""
        return JSONResponse({"error": self.body()}, status_code=self.status, headers=self.headers)

    @classmethod
    def transient(cls) -> "GraphError":
        """Code 2: try again later; the token is fine."""
        words = "An unexpected error has occurred. Please retry your request later."
        return cls(2, words, status=500, transient=True)

    @classmethod
    def throttled(cls, minutes: int) -> "GraphError":
        """Code 80002 with the header that says, in minutes, how long to wait (section 6)."""
        usage = (
            '{"17841400000000000":[{"type":"instagram","call_count":100,"total_cputime":40,'
            f'"total_time":40,"estimated_time_to_regain_access":{minutes}}}]}}'
        )
        words = "(#80002) There have been too many calls to this Instagram account."
        return cls(80002, words, headers={"X-Business-Use-Case-Usage": usage})

    @classmethod
    def unknown_field(cls, name: str, node: str, kind: str = "OAuthException") -> "GraphError":
        """One unknown field fails the whole call."""
        return cls(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})", kind=kind)

    @classmethod
    def not_visible(cls, node: str, method: str = "get") -> "GraphError":
        """100/33: gone, or never visible to this token; Meta does not say which."""
        words = (
            f"Unsupported {method} request. Object with ID '{node}' does not exist, cannot be "
            "loaded due to missing permissions, or does not support this operation"
        )
        return cls(100, words, subcode=33, kind="GraphMethodException")

    @classmethod
    def dead_token(cls, reason: str, app_id: str) -> "GraphError":
        """Code 190 with the subcode of *reason*."""
        subcode, words = death(reason, app_id)
        return cls(190, words, subcode=subcode)

    @classmethod
    def unreadable_token(cls) -> "GraphError":
        """Code 190 without a subcode: nobody issued this text."""
        return cls(190, UNREADABLE)


class CodeError(GraphError):
    """A bad login code: the reply also names it in `WWW-Authenticate` (section 1)."""

    def __init__(self, code: int, message: str, subcode: int | None = None) -> None:
        words = f'OAuth "Facebook Platform" "invalid_code" "{message}"'
        super().__init__(code, message, subcode=subcode, headers={"WWW-Authenticate": words})


class FlatError(Refusal):
    """api.instagram.com answers code errors flat, without the envelope (section 3)."""

    def __init__(self, message: str, kind: str = "OAuthException", status: int = 400) -> None:
        super().__init__(message)
        self.message, self.kind, self.status = message, kind, status

    def response(self) -> Response:
        """`error_type`, `code`, `error_message`."""
        body = {"error_type": self.kind, "code": self.status, "error_message": self.message}
        return JSONResponse(body, status_code=self.status)
