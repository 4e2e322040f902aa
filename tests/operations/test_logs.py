"""One line an event, whoever logs it, in the form that the operator chose."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from support.commands import SECONDS, run

BEGIN = """
import logging, structlog
from server.logs import configure_logs
configure_logs(verbose=False, log_format="{form}")
"""
BOTH = """
structlog.get_logger("linkroll.events").warning("log could not be read", table="status_event")
logging.getLogger("uvicorn.error").error("two\\nlines of %s", "theirs")
structlog.get_logger("linkroll.events").info("too quiet")
"""
FORGERS = """
structlog.get_logger("linkroll.x").warning("odd", value='a\\nlevel=error event="forged"')
logging.getLogger("asyncio").error("odd\\nlevel=error event=forged")
try:
    raise ValueError("a\\nb")
except ValueError:
    logging.getLogger("asyncio").exception("failed")
"""
IN_A_REQUEST = """
from server.request_facts import KnowRequests

async def app(scope, receive, send):
    structlog.get_logger("linkroll.x").warning("inside")

call = KnowRequests(app)({"type": "http", "headers": [(b"x-request-id", b"abc-1")]}, None, None)
import contextvars
try:
    contextvars.copy_context().run(call.send, None)
except StopIteration:
    pass
structlog.get_logger("linkroll.x").warning("outside")
"""


def logged(script: str, form: str = "json") -> list[str]:
    """The lines that a process logs which does this."""
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN.format(form=form) + script],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert ended.stdout == ""
    return ended.stderr.splitlines()


def test_every_line_is_json_also_those_of_libraries() -> None:
    ours, theirs = (json.loads(line) for line in logged(BOTH))

    assert ours["event"] == "log could not be read" and ours["table"] == "status_event"
    assert theirs["event"] == "two\nlines of theirs" and theirs["logger"] == "uvicorn.error"
    assert ours.keys() >= {"timestamp", "level"} and theirs["level"] == "error"


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_value_cannot_forge_a_line(form: str) -> None:
    assert len(logged(FORGERS, form)) == 3


def test_a_line_names_its_request() -> None:
    inside, outside = (json.loads(line) for line in logged(IN_A_REQUEST))

    assert (inside["event"], inside["request_id"]) == ("inside", "abc-1")
    assert outside["event"] == "outside" and "request_id" not in outside


def test_an_unknown_form_stops_the_start_by_its_name() -> None:
    answered = run("schema", env={"LINKROLL_LOG_FORMAT": "xml"})

    assert answered.code == 2
    assert answered.err.startswith("LINKROLL_LOG_FORMAT: ") and answered.err.count("\n") == 1
