"""
The hosts that the sandbox plays, and which non-GET calls they take.

linkroll is read-only. Everything that is neither a GET nor one of the token, revoke and
query-by-POST calls named here is refused and recorded as a write.
"""

import re

#: The platform family of each host, which decides how its errors look.
FAMILIES = {
    "www.facebook.com": "meta",
    "graph.facebook.com": "meta",
    "www.instagram.com": "meta",
    "api.instagram.com": "meta",
    "graph.instagram.com": "meta",
    "fb.me": "meta",
    "www.tiktok.com": "tiktok",
    "open.tiktokapis.com": "tiktok",
    "vm.tiktok.com": "tiktok",
    "vt.tiktok.com": "tiktok",
    "accounts.google.com": "google",
    "oauth2.googleapis.com": "google",
    "www.googleapis.com": "google",
    "openidconnect.googleapis.com": "google",
    "youtube.googleapis.com": "google",
    "youtubeanalytics.googleapis.com": "google",
}

_VERSION = r"(/v\d+\.\d+)?"
#: A form on a consent page, a token call, a revocation, or a query that the platform takes by POST.
_NOT_WRITES = [
    ("www.facebook.com", "POST", rf"{_VERSION}/dialog/oauth"),
    ("graph.facebook.com", "POST", rf"{_VERSION}/oauth/access_token"),
    ("graph.facebook.com", "DELETE", rf"{_VERSION}/(me|\d+)/permissions(/\w+)?"),
    ("www.instagram.com", "POST", r"/oauth/authorize/?"),
    ("api.instagram.com", "POST", r"/oauth/authorize/?"),
    ("api.instagram.com", "POST", r"/oauth/access_token"),
    ("www.tiktok.com", "POST", r"/v2/auth/authorize/"),
    ("open.tiktokapis.com", "POST", r"/v2/oauth/(token|revoke)/"),
    ("open.tiktokapis.com", "POST", r"/v2/video/(list|query)/"),
    ("accounts.google.com", "POST", r"/o/oauth2/v2/auth"),
    ("oauth2.googleapis.com", "POST", r"/(token|revoke|tokeninfo)"),
]
_GRAPH_HOSTS = ("graph.facebook.com", "graph.instagram.com")


def split_host(path: str) -> tuple[str, str]:
    """`/graph.facebook.com/me` → (`graph.facebook.com`, `/me`)."""
    host, _, rest = path.lstrip("/").partition("/")
    return host, f"/{rest}"


def unversioned(path: str) -> str:
    """`/v25.0/me` → `/me`; a path without a version stays as it is."""
    return re.sub(r"^/v\d+\.\d+(?=/|$)", "", path) or "/"


def effective_method(host: str, method: str, query: dict[str, list[str]]) -> str:
    """The method the platform acts on: a Graph GET with `method=delete` is a DELETE [recalled]."""
    override = query.get("method", [""])[0] if host in _GRAPH_HOSTS else ""
    return (override or method).upper()


def is_write(host: str, method: str, path: str) -> bool:
    """Whether a call would change something at the platform."""
    if method in ("GET", "HEAD"):
        return False
    return not any(
        (host, method) == (known_host, known_method) and re.fullmatch(pattern, path)
        for known_host, known_method, pattern in _NOT_WRITES
    )
