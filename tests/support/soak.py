"""How long a test goes on: seconds in `make test`, long in `make soak` (`LINKROLL_SOAK=1`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])
SOAKING = os.environ.get("LINKROLL_SOAK") == "1"


def rounds(usually: int, *, soaking: int) -> int:
    """How many rounds this run does."""
    return soaking if SOAKING else usually


def soak_timeout(seconds: int) -> Callable[[Test], Test]:
    """Marks a test that `make soak` runs, with the time it may take there. Others keep their usual limit."""

    def mark(test: Test) -> Test:
        marked: Test = pytest.mark.soak(pytest.mark.timeout(seconds if SOAKING else 120)(test))
        return marked

    return mark
