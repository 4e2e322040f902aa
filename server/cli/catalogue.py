"""
`linkroll catalogue`: every metric that the installed plugins tell, as a page.

The page in the docs is this command's output (`make catalogue`); a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from linkroll_sdk import Level, Metric, Platform

from server.platforms import Platforms

HEAD = """# Metric catalogue

Made from the installed plugins by `linkroll catalogue`; do not edit. The same facts, and more, are in the
schema: `metricCatalogue`. How to ask for numbers and read them: [reading metrics](reading-metrics.md).

A number is *per day* (what happened on one day of the platform's calendar), a *total* (everything up to the reading)
or a *state* (how things stand). *Sums* says whether values of several accounts or posts may be added up: unique
people must not. A metric marked *unsure* is recalled or contested: its absence is an answer too.
"""

COLUMNS = (
    "metric",
    "the platform's own name",
    "what it is",
    "sums",
    "by login, with scopes",
    "back",
    "final",
    "read",
)
MEASURES = {"DAY": "per day", "TOTAL": "total", "STATE": "state"}
UNITS = {"COUNT": "", "MILLISECONDS": ", ms", "PERCENT": ", %"}


def catalogue_page(platforms: Platforms) -> str:
    """The page, in Markdown."""
    parts = [HEAD, *(part for platform in platforms if platform.metrics for part in _of_platform(platform))]
    return "\n".join(parts)


def _of_platform(platform: Platform) -> Iterable[str]:
    assert platform.metrics is not None
    yield f"## {platform.name}\n"
    if platform.retention.source:
        yield f"Kept as the platform demands: {platform.retention.source}\n"
    for level in Level:
        found = [m for m in platform.metrics.metrics if m.level is level]
        if found:
            yield f"### {platform.name}: {level.value.lower()}\n"
            yield _row(COLUMNS)
            yield _row("---" for _ in COLUMNS)
            yield "\n".join(_row(_cells(metric)) for metric in found) + "\n"
    yield from _definitions(platform.metrics.metrics)


def _cells(metric: Metric) -> Iterable[str]:
    kinds = ", ".join(sorted(kind.value for kind in metric.kinds)) if metric.kinds else ""
    return (
        f"`{metric.name.value}`" + ("" if metric.certain else " (unsure)"),
        f"`{metric.platform_name}`",
        f"{MEASURES[metric.measure.value]}{UNITS[metric.unit.value]}"
        + (f"; only {kinds}" if kinds else "")
        + (f". {metric.description}" if metric.description else ""),
        "yes" if metric.additive else "no",
        "; ".join(
            f"{login}: {', '.join(sorted(scopes)) or 'none'}"
            for login, scopes in sorted(metric.scopes.items())
        ),
        span(metric.history) if metric.history else "only now",
        f"after {span(metric.delay)}" if metric.delay else "at once",
        f"every {span(metric.cadence)}",
    )


def _definitions(metrics: Iterable[Metric]) -> Iterable[str]:
    changed = [m for m in metrics if len(m.definitions) > 1]
    if changed:
        yield "What changed its meaning:\n"
        yield (
            "\n".join(
                f"- `{m.platform_name}` ({m.level.value.lower()}), version {d.version}"
                + (f" since {d.since}" if d.since.year > 1 else "")
                + f": {d.meaning}"
                for m in changed
                for d in m.definitions
            )
            + "\n"
        )


def span(time: timedelta) -> str:
    """A duration in the largest unit that it is a whole number of."""
    seconds = round(time.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
