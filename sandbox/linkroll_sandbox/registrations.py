"""
The apps that are registered at the stand-ins: one for each login.

The credentials are fixed and public on purpose. They open nothing but this sandbox.
"""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

LOGINS = ("facebook", "instagram", "tiktok", "google")
LOOPBACK = "loopback"
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass
class App:
    """One registration in a platform's developer portal."""

    login: str
    client_id: str
    client_secret: str
    name: str = "linkroll"
    #: Exact addresses; the word `loopback` stands for any http(s) address on this machine.
    redirect_uris: list[str] = field(default_factory=lambda: [LOOPBACK])
    pkce_required: bool = False
    #: Google's publishing status: refresh tokens of a `testing` app die after seven days.
    status: Literal["production", "testing"] = "production"

    def accepts(self, redirect_uri: str) -> bool:
        """Whether the portal knows *redirect_uri*: byte for byte, a trailing slash counts."""
        if redirect_uri in self.redirect_uris:
            return True
        return LOOPBACK in self.redirect_uris and is_loopback_url(redirect_uri)


def is_loopback_url(url: str) -> bool:
    """Whether *url* is plain http(s) on this machine, without a fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK_HOSTS and "#" not in url


def development_apps() -> dict[str, App]:
    """The four registrations of a fresh sandbox; the ids have each platform's own shape."""
    apps = [
        App("facebook", "987654321012345", "5a11db0c5a11db0c5a11db0cfaceb00c"),
        App("instagram", "1234509876543210", "5a11db0c5a11db0c5a11db0c1957a6a0"),
        App("tiktok", "sbaw1linkrollsandbox", "sandboxT1kT0kS3cretForLinkroll00"),
        App(
            "google",
            "100200300400-linkrollsandbox.apps.googleusercontent.com",
            "GOCSPX-sandbox-linkroll-0000",
        ),
    ]
    return {app.login: app for app in apps}
