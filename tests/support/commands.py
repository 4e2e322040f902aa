"""The `linkroll` command as a person runs it: a process of its own, with an environment of its own."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

VAULT_KEY = "k1:" + base64.b64encode(b"c" * 32).decode()
"""A master key for commands that are pointed at a database of the test's."""
LINKROLL = Path(sys.executable).with_name("linkroll")
SECONDS = 40.0


@dataclass(frozen=True)
class Answered:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


def run(*args: str, env: Mapping[str, str] | None = None) -> Answered:
    """`linkroll args` to its end."""
    ended = subprocess.run(
        [LINKROLL, *args], capture_output=True, text=True, env=environment(env), timeout=SECONDS, check=False
    )
    return Answered(ended.returncode, ended.stdout, ended.stderr)


def environment(own: Mapping[str, str] | None) -> dict[str, str]:
    """This process's environment without settings of linkroll's, and with *own*."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LINKROLL_")}
    return {**inherited, **(own or {})}


@dataclass
class Serving:
    """A `linkroll serve` that has announced itself."""

    process: subprocess.Popen[str]
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The server's address."""
        return self.lines["linkroll"].removesuffix("/graphql")

    @property
    def key(self) -> str:
        """The key to paste."""
        return self.lines["key"]

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


def serve(*args: str, env: Mapping[str, str] | None = None) -> Serving:
    """`linkroll serve args`, as soon as it has printed its address and key."""
    process = subprocess.Popen(
        [LINKROLL, "serve", "--port", "0", *args],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(env),
        # Ctrl-C in the terminal that runs the tests is not for it.
        start_new_session=True,
    )
    assert process.stdout is not None
    found = Serving(process)
    last = "sandbox" if "--sandbox" in args else "key"
    while last not in found.lines:
        line = process.stdout.readline()
        assert line, f"serve ended with {process.wait(SECONDS)}"
        name, _, value = line.strip().partition(" ")
        found.lines[name] = value.strip()
    return found


Start = Callable[..., Serving]
"""`start("--sandbox")`: a `linkroll serve` on the test's data folder."""


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Whatever runs with something in *data_dir* on its command line: servers, databases, sandboxes."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            continue
        if any(str(data_dir) in part for part in process.info["cmdline"] or ()):
            found.append(process)
    return found
