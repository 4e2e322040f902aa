"""Google's two error shapes: `error` is a string in OAuth answers, an object in API answers."""

from typing import Any

from starlette.responses import JSONResponse, Response

from linkroll_sandbox.refusals import Refusal

#: The `status` word that goes with an HTTP status (google.rpc).
_STATUS_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class OAuthError(Refusal):
    """Flat, as in RFC 6749; `error_subtype` appears for session policies (`invalid_rapt`)."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(description or error)
        self.error, self.description, self.status, self.subtype = error, description, status, ""

    def response(self) -> Response:
        """`error`, and the rest where there is any."""
        body = {"error": self.error, "error_description": self.description, "error_subtype": self.subtype}
        return JSONResponse({name: text for name, text in body.items() if text}, status_code=self.status)


class ApiError(Refusal):
    """The API envelope; clients match on `errors[0].reason` (section 5)."""

    def __init__(
        self, status: int, reason: str, message: str, domain: str = "global", details: list[Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.domain, self.details = domain, details

    def response(self) -> Response:
        """The envelope."""
        item = {"message": self.message, "domain": self.domain, "reason": self.reason}
        error: dict[str, Any] = {"code": self.status, "message": self.message, "errors": [item]}
        if self.status in _STATUS_WORDS:
            error["status"] = _STATUS_WORDS[self.status]
        if self.details:
            error["details"] = self.details
        return JSONResponse({"error": error}, status_code=self.status)

    @classmethod
    def bad_token(cls) -> "ApiError":
        """401 authError: expired, revoked or never issued."""
        return cls(401, "authError", "Invalid Credentials")

    @classmethod
    def missing_scope(cls) -> "ApiError":
        """403 insufficientPermissions, with the detail that newer clients read [recalled]."""
        detail = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
        }
        words = "Request had insufficient authentication scopes."
        return cls(403, "insufficientPermissions", words, details=[detail])
