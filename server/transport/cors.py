"""What pages of other origins may do with us: those that are listed, all that a page of ours may."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

CREDENTIALS = "Access-Control-Allow-Credentials"


class ListedOrigins(CORSMiddleware):
    """
    CORS with cookies, but only for origins that are listed.

    Starlette's own switch says so to every origin that asks, and with `*` gives back whatever origin that is.
    """

    @staticmethod
    def allow_explicit_origin(headers: MutableHeaders, origin: str) -> None:
        """Let a listed origin read this answer, and send its cookies."""
        CORSMiddleware.allow_explicit_origin(headers, origin)
        headers[CREDENTIALS] = "true"

    def preflight_response(self, request_headers: Headers) -> Response:
        """What an origin hears that asks beforehand."""
        response = super().preflight_response(request_headers)
        if "Access-Control-Allow-Origin" in response.headers:
            response.headers[CREDENTIALS] = "true"
        return response
