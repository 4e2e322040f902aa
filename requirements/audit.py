"""
Known holes in what we depend on (`make audit`): exit 1 when there are some.

It asks a database of advisories, which needs the network. Where that cannot be reached it says so and exits 0: a
check must not fail for that. Another database of the same form (OSV) can be named as the first argument.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCKS = ("runtime.txt", "otel.txt", "dev.txt")
SECONDS = 120


OUT_OF_REACH = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "VulnServiceConnection")
"""How pip-audit ends when nobody answers it."""


def ask(lock: Path, database: str | None = None) -> list[dict[str, Any]] | None:
    """What is known of each package in a lock file; None when nobody answers."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            *(
                sys.executable,
                "-m",
                "pip_audit",
                "--requirement",
                str(lock),
                "--require-hashes",
                "--disable-pip",
            ),
            *("--vulnerability-service", "osv", "--timeout", "5", "--progress-spinner", "off"),
            *("--format", "json", "--output", str(report)),
            *(("--osv-url", database) if database else ()),
        ]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            return None
        # Its exit code is 1 for holes as well as for a line that is down; only with an answer there is a report.
        if report.exists() and report.stat().st_size:
            return json.loads(report.read_text())["dependencies"]  # type: ignore[no-any-return]
    if any(word in ended.stderr for word in OUT_OF_REACH):
        return None
    raise SystemExit(f"audit: pip-audit failed\n{ended.stderr[-2000:]}")


def holes(packages: list[dict[str, Any]]) -> list[str]:
    """A line for each advisory."""
    return [
        f"{package['name']} {package['version']}: {advisory['id']}"
        f" (mended in {', '.join(advisory['fix_versions']) or 'no version yet'})"
        for package in packages
        for advisory in package.get("vulns", ())
    ]


def main(database: str | None = None) -> int:
    """Ask for each lock file; the exit code."""
    found: dict[str, None] = {}
    for name in LOCKS:
        packages = ask(Path(__file__).parent / name, database)
        if packages is None:
            print("audit: skipped, the database of advisories cannot be reached", file=sys.stderr)
            return 0
        found |= dict.fromkeys(holes(packages))
    print("\n".join(found) or "audit: no known holes")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:2]))
