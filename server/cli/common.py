"""What the commands share: how they read settings, run, and say no."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop

from server.serving import open_ready_host
from server.settings import Settings

DataDir = Annotated[Path | None, typer.Option(help="Where the embedded database and the vault's key live.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log everything of ours to stderr.")]

DURATION = re.compile(r"([1-9][0-9]{0,4})([hdw])\Z")
UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Say why not, and leave."""
    print(sentence, file=sys.stderr)
    raise SystemExit(code)


def settings_with(**flags: object) -> Settings:
    """The environment's settings, overridden by the flags that were given."""
    return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def with_host(work: Any, data_dir: Path | None) -> Any:
    """What *work* makes of a host that is ready, and gone afterwards."""
    async with open_ready_host(settings_with(data_dir=data_dir)) as (host, _):
        return await work(host)


def duration(text: str) -> timedelta:
    """A time like `12h`, `30d` or `4w`; leaves with a sentence for any other text."""
    found = DURATION.match(text)
    if found is None:
        fail(f"{text!r} is no time: write 12h, 30d or 4w.", 2)
    return timedelta(**{UNITS[found[2]]: int(found[1])})
