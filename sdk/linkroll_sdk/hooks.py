"""The one hook. Hooks are for "who is there"; objects are for "what can it do"."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy
from linkroll_sdk.platform import Platform

PROJECT = "linkroll"
"""The pluggy project name, and the entry-point group that plugins are found by."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def linkroll_platforms() -> Iterable[Platform]:  # type: ignore[empty-body]
    """
    Return the platforms this plugin brings.

    Called once, while the server starts. Do no I/O here: a platform that is down must not keep
    the server from starting. Two plugins with one platform or login key are refused by name.

    .. versionadded:: 0.1
    """
