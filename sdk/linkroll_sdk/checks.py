"""
What is wrong with a platform's declaration, as sentences. The server runs it at load: one problem
keeps the plugin out. This is the first of the three read-only locks.
"""

from __future__ import annotations

import re

from linkroll_sdk.http import Purpose
from linkroll_sdk.login import Login, Revocation
from linkroll_sdk.metrics import MetricFetcher
from linkroll_sdk.platform import Platform

KEY = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
PART = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+\Z")


def problems_with(platform: object) -> list[str]:
    """Every reason to refuse *platform*, each a sentence that names the culprit; empty when sound."""
    if not isinstance(platform, Platform):
        return [f"The plugin brought {type(platform).__name__} instead of a linkroll_sdk.Platform."]
    found = [] if KEY.match(platform.key) else [f"{platform.key!r} is no platform key ({KEY.pattern})."]
    found += [f"{h!r} is no host name." for h in sorted(platform.urls.short_hosts) if not HOST.match(h)]
    for login in platform.logins:
        found += [f"Login {login.key!r}: {problem}" for problem in login_problems(login)]
    if platform.metrics is not None:
        found += [f"Metrics of {platform.key!r}: {problem}" for problem in metric_problems(platform.metrics)]
    return found


def metric_problems(fetcher: MetricFetcher) -> list[str]:
    """Every reason to refuse a fetcher."""
    names = [(m.level, m.platform_name, m.name) for m in fetcher.metrics]
    return [
        *([] if names else ["the catalogue is empty"]),
        *(f"{name} stands twice" for _, name, _ in sorted({n for n in names if names.count(n) > 1})),
        *(f"{m.platform_name}: no login can tell it" for m in fetcher.metrics if not m.scopes),
        *(f"{host!r} is no host name" for host in sorted(fetcher.hosts) if not HOST.match(host)),
        *(
            f"{o.method} {o.path}: a fetcher may only query"
            for o in fetcher.operations
            if o.purpose is not Purpose.QUERY or o.method != "POST" or o.host not in fetcher.hosts
        ),
        *([] if fetcher.post_batch >= 1 else ["post_batch must be at least 1"]),
        *([] if fetcher.day_batch is None or fetcher.day_batch >= 1 else ["day_batch must be at least 1"]),
    ]


def login_problems(login: Login) -> list[str]:
    """Every reason to refuse *login*."""
    return [
        *([] if KEY.match(login.key) else [f"the key does not match {KEY.pattern}"]),
        *([] if login.serves else ["it serves no platform"]),
        *(f"{host!r} is no host name" for host in sorted(login.hosts) if not HOST.match(host)),
        *_scope_problems(login),
        *_operation_problems(login),
        *(f"callback key {c.key!r} is no address part" for c in login.callbacks if not PART.match(c.key)),
        *([] if login.refreshes or login.keep_alive is None else ["it keeps alive what it cannot refresh"]),
    ]


def _scope_problems(login: Login) -> list[str]:
    names = login.scope_names()
    return [
        *([] if names else ["it asks for no scope"]),
        *(f"scope {s.name!r} is not read-only" for s in login.scopes if not s.read_only),
        *(f"scope {n!r} is on its own refused list" for n in names if n in login.refused_scopes),
        *(f"scope {n!r} stands twice" for n in sorted(set(names)) if names.count(n) > 1),
        *(
            f"scope {s.name!r} serves {', '.join(sorted(s.serves - login.serves))}, which the login does not"
            for s in login.scopes
            if s.serves - login.serves
        ),
    ]


def _operation_problems(login: Login) -> list[str]:
    revokes = any(o.purpose is Purpose.REVOKE for o in login.operations)
    return [
        *(f"{o.method} {o.path}: GET needs no declaration" for o in login.operations if o.method == "GET"),
        *(
            f"{o.method} {o.path}: {o.host} is not among its hosts"
            for o in login.operations
            if o.host not in login.hosts
        ),
        *(
            f"{o.method} {o.path}: only a revocation may DELETE"
            for o in login.operations
            if o.method == "DELETE" and o.purpose is not Purpose.REVOKE
        ),
        *(
            f"{o.method} {o.path}: {o.method} is no method linkroll sends"
            for o in login.operations
            if o.method not in ("GET", "POST", "DELETE")
        ),
        *(
            ["it can revoke but declares no revoke operation"]
            if login.revocation is not Revocation.NONE and not revokes
            else []
        ),
        *(
            ["it declares a revoke operation but cannot revoke"]
            if login.revocation is Revocation.NONE and revokes
            else []
        ),
    ]
