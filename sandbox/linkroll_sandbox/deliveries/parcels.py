"""A callback on its way: what would be sent, and what the receiver said to it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Parcel:
    """One HTTP request of a platform, complete with its signature."""

    login: str
    #: Which of the registered callbacks it goes to.
    callback: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    query: dict[str, str] = field(default_factory=dict)

    def url(self, registered: str) -> str:
        """The registered address with this parcel's query."""
        if not self.query:
            return registered
        return f"{registered}{'&' if '?' in registered else '?'}{urlencode(self.query)}"

    def facts(self, registered: str) -> dict[str, Any]:
        """The request as JSON, for whoever ordered it."""
        return {
            "method": self.method,
            "url": self.url(registered),
            "headers": self.headers,
            "body": self.body.decode(),
        }


@dataclass(frozen=True)
class Order:
    """What a caller of the control API wants to have sent; the fields are those of the README."""

    login: str
    kind: str
    person: str
    account: str | None = None
    forge: str | None = None
    repeat: int = 1
    #: Whatever else this kind takes, as given.
    details: dict[str, Any] = field(default_factory=dict)

    def named(self, platform: str) -> dict[str, Any]:
        """How the control API names the account that this is about."""
        return {"platform": platform, "account": self.account}
