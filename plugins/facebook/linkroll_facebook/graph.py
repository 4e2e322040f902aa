"""
One call to the Graph API: its address, its proof, and the error its answer means.

A file of its own because consent (`oauth.py`) and discovery (`accounts.py`) both make such calls, and
the proof must be on all of them: an operator who switches "Require App Secret" on breaks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linkroll_meta.calls import appsecret_proof, version_of
from linkroll_sdk import (
    ClientConfig,
    ConfigurationRejected,
    Http,
    ReauthorizationRequired,
    Request,
    ScopeNotGranted,
    UnexpectedAnswer,
)

from linkroll_facebook.errors import classify, classify_debug

HOST = "graph.facebook.com"


def graph_url(client: ClientConfig, path: str) -> str:
    """The address of *path* at the operator's version."""
    return f"https://{HOST}/{version_of(client)}/{path}"


@dataclass(frozen=True, slots=True)
class Graph:
    """The Graph API as the operator's app may call it. Every method raises what `classify` returns."""

    http: Http
    client: ClientConfig

    async def get(self, path: str, operation: str, access_token: str, **params: str) -> dict[str, Any]:
        """The JSON object at *path*."""
        return await self._ask("GET", path, operation, access_token, params)

    async def delete(self, path: str, operation: str, access_token: str) -> dict[str, Any]:
        """The answer to a DELETE of *path*."""
        return await self._ask("DELETE", path, operation, access_token, {})

    async def debug_token(self, access_token: str) -> dict[str, Any]:
        """
        What Facebook knows of a token: its dates, scopes and ticked assets (meta sheet 1, confirmed).

        Asked with the app token, which holds the secret itself and therefore needs no proof (recalled).
        It travels in the header: a query may end up in somebody's log.

        Raises what ends the token; `ConfigurationRejected` where Facebook refuses the app's own one.
        """
        app_token = f"{self.client.client_id}|{self.client.client_secret}"
        params = {"input_token": access_token}
        url = graph_url(self.client, "debug_token")
        try:
            answer = await self._send(Request("GET", url, "debug_token", params, access_token=app_token))
        except (ReauthorizationRequired, ScopeNotGranted) as error:
            # The codes of a dead token, but it is the operator's: every person's may be well.
            raise ConfigurationRejected(
                "Facebook refuses the app's own token: check the app id and secret.",
                operation=error.operation,
                platform_code=error.platform_code,
            ) from error
        data = answer.get("data")
        if not isinstance(data, dict):
            raise UnexpectedAnswer("debug_token without data", operation="debug_token")
        # An invalid token is told with HTTP 200 (meta sheet 1, confirmed), so `classify` cannot see it.
        if death := classify_debug(data):
            raise death
        return data

    async def _ask(
        self, method: str, path: str, operation: str, access_token: str, params: Mapping[str, str]
    ) -> dict[str, Any]:
        proven = {**params, "appsecret_proof": appsecret_proof(self.client, access_token)}
        url = graph_url(self.client, path)
        return await self._send(Request(method, url, operation, proven, access_token=access_token))

    async def _send(self, request: Request) -> dict[str, Any]:
        response = await self.http.send(request)
        if error := classify(response, request.operation):
            raise error
        return response.json_object()
