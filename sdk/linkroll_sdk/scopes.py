"""OAuth scopes as a plugin declares them: what each is for, and proof that it only reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """
    One permission a login may ask for.

    *purpose* says what linkroll reads with it; *consent_wording* is the platform's own sentence on
    the consent page, so that a frontend can explain it. *serves* names the platforms that cannot be
    linked without it; a scope that serves none is welcome but optional.
    """

    name: str
    purpose: str
    consent_wording: str
    serves: frozenset[str] = frozenset()
    read_only: bool = True


def missing_scopes(needed: frozenset[str], granted: frozenset[str]) -> frozenset[str]:
    """What is needed and was not granted."""
    return needed - granted
