"""The world in a file, so that a development sandbox survives a restart. Tokens are in it."""

import asyncio
import json
import os
from pathlib import Path

from linkroll_sandbox.world import World


class UnreadableState(ValueError):
    """The state file holds something else."""


class StateFile:
    """Writes the world after changes: gathered for a moment, then all at once or not at all."""

    def __init__(self, path: Path, world: World, delay: float = 0.5) -> None:
        self.path = path
        self.world = world
        self.delay = delay
        self._timer: asyncio.TimerHandle | None = None
        self._written = ""

    def load(self) -> None:
        """Read the file into the world; a missing file is a fresh sandbox."""
        if self.path.exists():
            self._written = self.path.read_text(encoding="utf-8")
            self._restore()

    def _restore(self) -> None:
        try:
            self.world.restore(json.loads(self._written))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableState(f"{self.path} is no state file of this sandbox.") from error

    def touch(self) -> None:
        """Something may have changed: write soon."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.delay, self.write)

    def write(self) -> None:
        """Write now if anything differs from what the file holds."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        text = json.dumps(self.world.to_json(), indent=1)
        if text != self._written:
            self._replace(text)
            self._written = text

    def _replace(self, text: str) -> None:
        # A reader (or a crash) must find the old file or the new one, never half of one.
        beside = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(beside, self.path)
