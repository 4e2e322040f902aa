"""TikTok's two error shapes: `error` is a string in OAuth answers and an object in API answers."""

import secrets
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from linkroll_sandbox.refusals import Refusal

#: HTTP status of each Display API code (section 4).
_STATUSES = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "scope_permission_missed": 400,
    "invalid_params": 400,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
}


def log_id() -> str:
    """TikTok's id of one request: the time and some noise."""
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S") + secrets.token_hex(10).upper()


class OAuthError(Refusal):
    """Flat: decide on the body, never on the status, which is not documented (section 1)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status, self.subtype = error, description, status, ""

    def response(self) -> Response:
        """`error`, `error_description`, `log_id`."""
        body = {"error": self.error, "error_description": self.description, "log_id": log_id()}
        return JSONResponse(body, status_code=self.status)


class ApiError(Refusal):
    """The Display API's envelope with an error object."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def response(self) -> Response:
        """The envelope with the status that belongs to the code."""
        number = log_id()
        body = {"data": {}, "error": {"code": self.code, "message": self.message, "log_id": number}}
        status = _STATUSES.get(self.code, 400)
        return JSONResponse(body, status_code=status, headers={"x-tt-logid": number})
