"""
OAuth 2.0 protocol work over the guarded client: Authlib's client, our I/O.

Authlib keeps state, PKCE, client authentication, grant bodies and token parsing; this subclass
replaces its three I/O points, so the inherited calls become awaitable. An object serves one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.client import OAuth2Client
from linkroll_sdk.errors import PlatformError, UnexpectedAnswer
from linkroll_sdk.grants import ClientConfig
from linkroll_sdk.http import Http, Request, Response

Classify = Callable[[Response, str], PlatformError | None]


class OAuth2(OAuth2Client):
    """
    Token, refresh and revoke requests of one login.

    *auth_method* is `client_secret_post`, `none`, or a function `(client, method, uri, headers,
    body)` as Authlib takes it. *classify* turns an error answer into what is raised.
    """

    def __init__(
        self,
        http: Http,
        client: ClientConfig,
        classify: Classify,
        *,
        auth_method: str | Callable[..., Any] = "client_secret_post",
        redirect_uri: str | None = None,
    ) -> None:
        name = auth_method if isinstance(auth_method, str) else "linkroll_custom"
        super().__init__(
            session=None,
            client_id=client.client_id,
            client_secret=client.client_secret,
            token_endpoint_auth_method=name,
            # Authlib would authenticate revocations by HTTP Basic, whatever the token endpoint takes.
            revocation_endpoint_auth_method=name,
            redirect_uri=redirect_uri,
        )
        if callable(auth_method):
            self.register_client_auth_method((name, auth_method))
        self._http = http
        self._classify = classify

    async def exchange(self, url: str, **fields: str) -> dict[str, Any]:
        """POST an `authorization_code` grant; the token answer as the platform gave it."""
        return dict(await self.fetch_token(url, grant_type="authorization_code", **fields))

    async def trade(
        self, url: str, grant_type: str, *, method: str = "POST", **fields: str
    ) -> dict[str, Any]:
        """Any other grant type, such as `fb_exchange_token`."""
        return dict(await self.fetch_token(url, grant_type=grant_type, method=method, **fields))

    async def renew(self, url: str, refresh_token: str) -> dict[str, Any]:
        """POST a `refresh_token` grant. An answer without a refresh token keeps the old one."""
        return dict(await self.refresh_token(url, refresh_token=refresh_token))

    async def revoke(self, url: str, token: str) -> Response:
        """POST a revocation (RFC 7009). The answer is the caller's to judge."""
        answer: Response = await self.revoke_token(url, token=token)  # type: ignore[no-untyped-call]
        return answer

    # Authlib's I/O points.

    async def _fetch_token(
        self, url: str, body: str = "", headers: Any = None, auth: Any = None, method: str = "POST", **_: Any
    ) -> Any:
        return self._read_token(
            await self._send("exchange", method.upper(), url, body, headers, auth), "exchange"
        )

    async def _refresh_token(
        self,
        url: str,
        refresh_token: Any = None,
        body: str = "",
        headers: Any = None,
        auth: Any = None,
        **_: Any,
    ) -> Any:
        token = self._read_token(await self._send("refresh", "POST", url, body, headers, auth), "refresh")
        # Google sends no refresh token here; an empty one must not replace a good one either.
        token["refresh_token"] = token.get("refresh_token") or refresh_token
        return token

    async def _http_post(
        self, url: str, body: Any = None, auth: Any = None, headers: Any = None, **_: Any
    ) -> Any:
        return await self._send("revoke", "POST", url, body or "", headers, auth)

    async def _send(
        self, operation: str, method: str, url: str, body: str, headers: Any, auth: Any
    ) -> Response:
        url, headers, body = auth.prepare(method, url, dict(headers or {}), body)
        fields = dict(parse_qsl(body, keep_blank_values=True))
        headers = {k: v for k, v in headers.items() if k.lower() not in ("content-type", "content-length")}
        if method == "GET":
            return await self._http.send(Request(method, url, operation, params=fields, headers=headers))
        return await self._http.send(Request(method, url, operation, form=fields, headers=headers))

    def _read_token(self, response: Response, operation: str) -> dict[str, Any]:
        error = self._classify(response, operation)
        if error is not None:
            raise error
        return response.json_object()

    def ensure_active_token(self, token: Any = None) -> Any:
        """Refused: the inherited one would refresh behind the server's back."""
        raise NotImplementedError("linkroll refreshes tokens itself")


def expires_at(answer: Mapping[str, Any], field: str, now: datetime) -> datetime | None:
    """When `field` seconds from *now* have passed (aware UTC); None when the answer does not say."""
    seconds = answer.get(field)
    try:
        return None if seconds in (None, "") else now + timedelta(seconds=int(str(seconds)))
    except (ValueError, OverflowError) as error:
        raise UnexpectedAnswer(f"{field} is no number of seconds") from error


def text(answer: Mapping[str, Any], field: str) -> str:
    """A field that must be a non-empty string (ids may come as numbers)."""
    value = answer.get(field)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise UnexpectedAnswer(f"{field} is missing or empty")
    return str(value)
