"""Where a browser may be sent after consent: the operator's list, read as browsers read addresses."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit


def return_url_allowed(url: str, allowed: Sequence[str]) -> bool:
    """
    Whether *url* is at an allowed origin, or of an allowed custom scheme (`myapp:`).

    Browsers read `\\` as `/` and drop control characters, so neither may stand in it: `https:\\evil`
    and a tab inside `//` would lead elsewhere than we read.
    """
    if len(url) > 2000 or "\\" in url or any(c <= " " or c == "\x7f" for c in url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises ValueError on a port that is no number)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        origin = f"{parts.scheme}://{parts.netloc}"
        return bool(parts.netloc) and origin in {entry.rstrip("/") for entry in allowed}
    custom = parts.scheme not in ("", "javascript", "data", "file", "blob", "vbscript", "about")
    return custom and f"{parts.scheme}:" in allowed
