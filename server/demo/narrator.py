"""What the person at the terminal sees: numbered steps, aligned lines, and the first difference."""

from __future__ import annotations

import os
import textwrap
from typing import Any, TextIO

WIDTH = 78
INDENT = "    "
COLUMNS = (11, 45)

BOLD, DIM = "1", "2"
# The colours by which every linkroll frontend shows a status.
STATUS_COLOURS = {"ADDED": "90", "LINKED": "32", "EXPIRING": "33", "INVALID": "31"}


class Difference(Exception):
    """A step did not come out as the story has it."""

    def __init__(self, what: str, *, expected: object, got: object) -> None:
        super().__init__(what)
        self.what, self.expected, self.got = what, expected, got


class Narrator:
    """Tells the steps, and counts what was checked."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        # NO_COLOR is the terminal's own convention (no-color.org), not a setting of ours.
        self._is_coloured = out.isatty() and not os.environ.get("NO_COLOR")
        self.steps = 0
        self.checks = 0

    def title(self, text: str) -> None:
        """What this is."""
        self._print(self._paint(text, BOLD))

    def remark(self, text: str) -> None:
        """A word beside the story."""
        self._print(self._paint(text, DIM))

    def address(self, name: str, url: str) -> None:
        """Where something is, above the story."""
        self._print(f"{name:<9}{self._paint(url, DIM)}")

    def step(self, title: str) -> None:
        """The next step begins."""
        self.steps += 1
        self._print(f"\n{self.steps:>2}  {self._paint(title, BOLD)}")

    def line(self, what: str, detail: str, status: str = "") -> None:
        """One thing that came back: what, in more words, and the status it led to."""
        first, second = COLUMNS
        row = f"{what:<{first}}" + (f"{detail:<{second}} " if status else detail)
        named = [STATUS_COLOURS[word] for word in status.split() if word in STATUS_COLOURS]
        self._print((INDENT + row + self._paint(status, named[-1] if named else DIM)).rstrip())

    def check(self, what: str, *, expected: object, got: object) -> None:
        """Go on only when the two are equal."""
        self.checks += 1
        if expected != got:
            raise Difference(what, expected=expected, got=got)

    def the_end(self, seconds: float) -> None:
        """The story came out as told."""
        ending = f"All {self.steps} steps came out as told: {self.checks} checks in {seconds:.1f} s."
        self._print("\n" + self._paint(ending, STATUS_COLOURS["LINKED"]))

    def difference(self, found: Difference) -> None:
        """The story did not come out; where, and what was different."""
        where = f"Step {self.steps} came out differently" if self.steps else "The story cannot begin"
        self._print("\n" + self._paint(f"{where}: {found.what}.", STATUS_COLOURS["INVALID"]))
        for name, value in (("expected", found.expected), ("got", found.got)):
            self._print(wrapped(f"{name:<9} ", value))

    def _paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if text and self._is_coloured else text

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def wrapped(label: str, value: Any) -> str:
    """*value* beside *label*, within the terminal's width."""
    lines = textwrap.wrap(str(value), WIDTH - len(INDENT + label)) or ["nothing"]
    return f"\n{INDENT}{' ' * len(label)}".join([f"{INDENT}{label}{lines[0]}", *lines[1:]])
