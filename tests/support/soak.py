"""How long a test goes on: seconds in `make test`, long in `make soak` (`LINKROLL_SOAK=1`)."""

from __future__ import annotations

import os

import pytest

SOAKING = os.environ.get("LINKROLL_SOAK") == "1"


def rounds(usually: int, *, soaking: int) -> int:
    """How many rounds this run does."""
    return soaking if SOAKING else usually


def soak_timeout(seconds: int) -> pytest.MarkDecorator:
    """The time a long test may take. The usual limit of each test stays what it is."""
    return pytest.mark.timeout(seconds if SOAKING else 120)
