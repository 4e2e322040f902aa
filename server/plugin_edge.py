"""
The edge of a plugin: which exceptions are the plugin's own failure, whatever their class.

A plugin may end the program (`sys.exit`, in a library that was made for the command line) or wait for something
that was cancelled: the server must survive it. The operator's Ctrl-C never comes through a plugin, as signals are
handled by the event loop. Two things do pass through and are nobody's failure: our own cancelling, and a coroutine
that is closed.
"""

from __future__ import annotations

import asyncio


def is_failure(error: BaseException) -> bool:
    """Whether what came out of a plugin is its own failure, to be kept from everybody else."""
    if isinstance(error, asyncio.CancelledError):
        return not _is_being_cancelled()
    return not isinstance(error, GeneratorExit)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
