"""
One read of an Instagram account, at the host of the login by which it was linked.

The same account answers at two hosts with the same paths: graph.instagram.com to the token of Instagram
Login, graph.facebook.com to the token of its Page or of the person, with a proof (meta sheet 0 to 3, confirmed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from linkroll_meta.calls import appsecret_proof, version_of
from linkroll_sdk import ClientConfig, ConfigurationRejected, Http, LinkedAccount, Request

from linkroll_instagram.errors import classify

BY_INSTAGRAM, BY_FACEBOOK = "instagram", "facebook"

HOSTS = {BY_INSTAGRAM: "graph.instagram.com", BY_FACEBOOK: "graph.facebook.com"}
"""The host that answers for the accounts of a login."""


@dataclass(frozen=True, slots=True)
class Graph:
    """One account's Graph API. *client* is the app of the login by which the account was linked."""

    http: Http
    client: ClientConfig
    account: LinkedAccount

    async def get(self, path: str, operation: str, **params: str) -> dict[str, Any]:
        """The JSON object at *path*. Raises what `classify` returns."""
        url = f"https://{self._host()}/{version_of(self.client)}/{path}"
        token = self.account.access_token
        response = await self.http.send(
            Request("GET", url, operation, params | self._proof(), access_token=token)
        )
        if error := classify(response, operation):
            raise error
        return response.json_object()

    def _host(self) -> str:
        host = HOSTS.get(self.account.login)
        if host is None:
            raise ConfigurationRejected(f"Instagram accounts are not read by the login {self.account.login}.")
        return host

    def _proof(self) -> dict[str, str]:
        if self.account.login != BY_FACEBOOK:
            return {}
        return {"appsecret_proof": appsecret_proof(self.client, self.account.access_token)}
