"""
What Meta delivers about a person: that the app was removed, or that their data are to be deleted.

Both come as a form with a signed request, under the secret of the login's own app. It names the person by the
id that is the grant's subject.
"""

from __future__ import annotations

import hashlib
import json

from linkroll_meta.signed_requests import SignedRequest, read_signed_request
from linkroll_sdk import (
    About,
    Callback,
    ClientConfig,
    DeletionRequested,
    Delivery,
    Documents,
    GrantEnded,
    InvalidReason,
    Notice,
    Notified,
    Receipt,
    Reply,
)


class Deauthorize(Callback):
    """The person removed the app in the platform's settings."""

    key = "deauthorize"

    def __init__(self, about: str) -> None:
        self.about = about

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """The end of every grant of the person."""
        signed = read_signed_request(delivery, client)
        about = About(subject=signed.user_id)
        notice = GrantEnded(about, InvalidReason.ACCESS_REVOKED, "deauthorize", signed.issued_at)
        return _notified(self.key, signed, notice)


class DataDeletion(Callback):
    """The person asked the platform to have their data deleted."""

    key = "data-deletion"

    def __init__(self, about: str) -> None:
        self.about = about

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """The request to delete what was read by the person's grants."""
        signed = read_signed_request(delivery, client)
        notice = DeletionRequested(About(subject=signed.user_id), "data_deletion", signed.issued_at)
        return _notified(self.key, signed, notice)

    def reply(self, receipt: Receipt) -> Reply:
        """Where the person sees what became of it (meta sheet 7, confirmed: ordinary JSON)."""
        told = {"url": receipt.status_url, "confirmation_code": receipt.code}
        return Reply(body=json.dumps(told).encode(), content_type="application/json")


def _notified(kind: str, signed: SignedRequest, notice: Notice) -> Notified:
    """The same key for each repeat: of the meaning, as one payload can be spelled in several ways."""
    what = json.dumps([kind, signed.payload], sort_keys=True).encode()
    return Notified(hashlib.sha256(what).hexdigest(), (notice,))
