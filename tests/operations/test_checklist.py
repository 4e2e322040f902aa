"""The security checklist in the docs is whole, and each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/security-checklist.md").read_text()
SIZES = {"A": 12, "B": 11, "C": 18, "D": 10, "E": 10, "F": 12, "G": 11, "H": 5, "I": 6, "J": 5}
"""How many items each section has: a hundred together."""


def rows() -> dict[str, str]:
    """What shows each item, by the item."""
    found = re.findall(r"^\| ([A-J]\d+)(?:–[A-J](\d+))? \| .+? \| (.+) \|$", PAGE, re.MULTILINE)
    return {
        f"{first[0]}{number}": shown
        for first, last, shown in found
        for number in range(int(first[1:]), int(last or first[1:]) + 1)
    }


def named_in(shown: str) -> list[tuple[Path, str]]:
    """The tests that a cell names; `::test` alone is in the file named before it."""
    found: list[tuple[Path, str]] = []
    for file, name in re.findall(r"`([\w./-]*)::(test_\w+)`", shown):
        path = found[-1][0] if not file else ROOT / file if (ROOT / file).exists() else ROOT / "tests" / file
        found.append((path, name))
    return found


def test_every_item_is_there() -> None:
    assert list(rows()) == [f"{letter}{n + 1}" for letter, size in SIZES.items() for n in range(size)]


def test_every_item_has_a_test_or_a_reason() -> None:
    bare = [item for item, shown in rows().items() if not named_in(shown) and "not applicable: " not in shown]

    assert not bare


def test_every_test_that_is_named_is_there() -> None:
    named = {test for shown in rows().values() for test in named_in(shown)}

    assert named
    gone = [f"{file}::{name}" for file, name in named if f"def {name}(" not in _text(file)]
    assert not gone


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
