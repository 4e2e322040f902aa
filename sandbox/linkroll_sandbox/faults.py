"""
Faults that a test orders: which requests they strike, how often, and what goes wrong.

A fault strikes before the stand-in sees the request, so nothing happens behind it; only the two
kinds that end in `_after` let it happen first.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from linkroll_sandbox.hosts import unversioned

#: Every kind with the fields of its own and what it does.
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "status": (("status", "body"), "an HTTP status with a bare body"),
    "slow": (("seconds",), "waits, then goes on as usual"),
    "cut": ((), "half an answer, then the line is dropped"),
    "delay_after": (("seconds",), "everything happens, only the answer waits"),
    "cut_after": ((), "everything happens, then the line is dropped instead of the answer"),
    "garbage": (("body",), "status 200 with HTML where JSON is expected"),
    "throttle": (("minutes",), "the platform's own too-many-requests answer"),
    "redirect": (("location", "status"), "a redirect to `location`"),
    "code2": ((), "Meta's transient error: code 2, is_transient"),
    "meta_error": (("code", "subcode", "message", "status"), "any Graph API error"),
    "tiktok_error": (("code", "message"), "any Display API error"),
    "google_error": (("status", "reason", "domain", "message"), "any Google API error"),
    "oauth_error": (("error", "description", "subtype", "status"), "any flat OAuth error"),
    "non_sandbox_target": ((), "TikTok sends the browser back: access_denied, not a target user"),
}
_DEFAULT_LOCATION = "https://elsewhere.example/"


@dataclass
class Fault:
    """One order. `times` counts down to 0; None strikes until it is taken back."""

    kind: str
    host: str = "*"
    path: str = "*"
    method: str = "*"
    times: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def strikes(self, method: str, host: str, path: str) -> bool:
        """Whether this fault is meant for this request. `path` may be given without a version."""
        return (
            self.times != 0
            and self.method.upper() in ("*", method)
            and fnmatchcase(host, self.host)
            and any(fnmatchcase(known, self.path) for known in (path, unversioned(path)))
        )

    def spend(self) -> None:
        """Count one strike."""
        if self.times is not None:
            self.times -= 1

    def get(self, name: str, default: Any) -> Any:
        """A field of this kind of fault."""
        value = self.details.get(name)
        return default if value is None else value

    @property
    def location(self) -> str:
        """Where a redirect fault leads."""
        return str(self.get("location", _DEFAULT_LOCATION))


def pick(faults: list[Fault], method: str, host: str, path: str) -> Fault | None:
    """The first fault that strikes, already counted; spent ones leave the list."""
    found = next((one for one in faults if one.strikes(method, host, path)), None)
    if found is not None:
        found.spend()
        faults[:] = [one for one in faults if one.times != 0]
    return found
