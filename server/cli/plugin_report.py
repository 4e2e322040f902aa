"""What `linkroll plugins` tells."""

from __future__ import annotations

from typing import Any

from server.platforms import Plugin, load_platforms
from server.settings import Settings


def report(settings: Settings) -> list[dict[str, Any]]:
    """One row a plugin, as JSON values."""
    return [_row(plugin, settings) for plugin in load_platforms().plugins]


def _row(plugin: Plugin, settings: Settings) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "platforms": [platform.key for platform in plugin.platforms],
        "logins": [
            {
                "key": login.key,
                "serves": sorted(login.serves),
                "configured": login.key in settings.logins and settings.logins[login.key].is_complete,
                "scopes": list(login.scope_names()),
                "operations": [
                    f"{o.method} {o.host}{o.path} ({o.purpose.lower()})" for o in login.operations
                ],
            }
            for platform in plugin.platforms
            for login in platform.logins
        ],
        "problems": list(plugin.problems),
    }


def report_lines(rows: list[dict[str, Any]]) -> list[str]:
    """The same for people."""
    if not rows:
        return ["No plugin is installed."]
    lines = []
    for row in rows:
        lines.append(f"{row['name']}  ({row['distribution']} {row['version']})")
        lines += [f"  platform  {key}" for key in row["platforms"]]
        for login in row["logins"]:
            state = "configured" if login["configured"] else "not configured"
            lines.append(f"  login     {login['key']}, reaches {', '.join(login['serves'])}: {state}")
            lines += [f"    reads   {scope}" for scope in login["scopes"]]
            lines += [f"    sends   {operation}" for operation in login["operations"]]
        lines += [f"  PROBLEM   {problem}" for problem in row["problems"]]
    return lines
