"""
`make bench`: linkroll beside what one would write by hand, in interleaved rounds of one run, as ratios.

Every row says how linkroll did over how the other side did (1: equally fast), as the median of the rounds
with the least and the largest, and the least that the median must reach. Seconds and milliseconds are
information only: they say as much about the machine. Both sides' answers are compared before anything is
measured.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from benchmarks import charting, fairness, polling, serving, sweeping
from benchmarks.plan import Plan
from benchmarks.processes import run_on
from benchmarks.report import HEADER, Row
from server.embedded import EmbeddedPostgres

SECTIONS: dict[str, Callable[[Plan], AsyncIterator[Row]]] = {
    "serving": serving.rows,
    "fairness": fairness.rows,
    "charts": charting.rows,
    "polling": polling.rows,
    "sweep": sweeping.rows,
}


async def main(sections: Sequence[str], rounds: int, seconds: float, *, full: bool) -> int:
    """Print the report; 1 when a ratio is under its least."""
    run_on(core=1)
    found = []
    with tempfile.TemporaryDirectory(prefix="linkroll-bench-", ignore_cleanup_errors=True) as folder:
        postgres = EmbeddedPostgres(Path(folder))
        try:
            print(f"{rounds} rounds, interleaved\n\n{HEADER}", flush=True)
            for name in sections:
                async for row in SECTIONS[name](Plan(postgres, rounds, seconds, full)):
                    print(row.line(), flush=True)
                    found.append(row)
        finally:
            postgres.stop()
    return 0 if all(row.suffices for row in found) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long to ask in one round")
    parser.add_argument(
        "--full", action="store_true", help="charts among 100,000 accounts (some minutes, 10 GB of disk)"
    )
    chosen = parser.parse_args()
    raise SystemExit(asyncio.run(main(chosen.only, chosen.rounds, chosen.seconds, full=chosen.full)))
