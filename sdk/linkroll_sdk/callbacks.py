"""
What a platform tells the server on its own: deauthorizations, deletion requests, webhooks, security events.

A `Callback` checks that a delivery is genuine and reads it into notices. It changes nothing: the server
records the notices, answers fast and works them off later, so repeats and replays change nothing.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from linkroll_sdk.errors import InvalidReason, LinkrollSdkError
from linkroll_sdk.grants import ClientConfig
from linkroll_sdk.metrics import Reading


class CallbackRejected(LinkrollSdkError):
    """The delivery is not genuine, or not for this app. *code* is a word for the log, never content."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it came: header names in lower case, the body's raw bytes."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class About:
    """
    Whose accounts a notice is about; what is set must all fit.

    *subject* is the person's id at the login; *platform_id* an account's; *fingerprint* one that
    `Login.fingerprints` gave for a token.
    """

    subject: str | None = None
    platform_id: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class GrantEnded:
    """The platform says that a link is over, for this reason. The tokens are forgotten."""

    about: About
    reason: InvalidReason
    code: str
    """The platform's own word, kept as evidence."""
    at: datetime | None = None
    """When it happened, by the delivery itself: a consent given later lives on. None: when it came."""


@dataclass(frozen=True, slots=True)
class DeletionRequested:
    """The person asked the platform to have their data deleted. The link ends and its data go."""

    about: About
    code: str
    at: datetime | None = None
    """As in `GrantEnded`: a consent given later lives on, and what was read before it goes all the same."""


@dataclass(frozen=True, slots=True)
class CheckWanted:
    """Something happened to the person's account: the link is to be probed now."""

    about: About
    code: str


@dataclass(frozen=True, slots=True)
class FinalReadings:
    """The last numbers of a post or story, which the platform sends by itself."""

    about: About
    post_id: str
    readings: tuple[Reading, ...]
    api_version: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A delivery that asks for nothing, such as a test of the connection."""

    code: str


Notice = GrantEnded | DeletionRequested | CheckWanted | FinalReadings | Acknowledged


@dataclass(frozen=True, slots=True)
class Notified:
    """
    A genuine delivery, read. *key* is the same for each repeat of it (a token id, or a hash of what
    makes it one): the server takes each key once.
    """

    key: str
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server filed a delivery under: a code, and a page for people that tells its state."""

    code: str
    status_url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform is answered."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


class Documents(Protocol):
    """Public documents of the platform, such as its signing keys, fetched and kept by the server."""

    async def json(self, url: str, *, fresh: bool = False) -> Any:
        """
        The JSON at *url*, which is at one of the login's hosts; kept as long as the platform allows.
        *fresh* asks again now (at most once in a while), for a key that is not in the kept one.

        Raises `PlatformUnavailable`.
        """
        ...


class Callback(abc.ABC):
    """
    One address that a platform delivers to: `/callbacks/{login}/{key}`.

    *about* says for the operator where to enter the address, in a sentence.
    """

    key: str
    about: str

    def answer_challenge(self, query: Mapping[str, str], client: ClientConfig) -> Reply:
        """The reply to a GET with which a platform tests the address. Raises `CallbackRejected`."""
        raise CallbackRejected("no challenge is known here", 405)

    @abc.abstractmethod
    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """Check the signature, then read the delivery. Raises `CallbackRejected` for what is not genuine."""

    def reply(self, receipt: Receipt) -> Reply:
        """What a genuine delivery is answered, also each repeat of it."""
        return Reply()
