"""How generated tests run here: the same cases each time, against servers that outlive one case."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings


def generated(cases: int) -> settings:
    """
    *cases* examples, the same ones in every run.

    Without shrinking: a case is a walk through a real server, so the smallest one would take minutes to find.
    """
    return settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
