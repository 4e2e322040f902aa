"""The command `linkroll-sandbox`."""

import argparse
import asyncio
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import uvicorn

from linkroll_sandbox.app import build_app
from linkroll_sandbox.statefile import UnreadableState

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_WARNING = (
    "linkroll-sandbox stands in for the real platforms. Its people, passwords and tokens are "
    "invented and open to anyone on this machine: for development and tests, never for production."
)
_EXAMPLE = "example: linkroll-sandbox --port 9400 --state-file sandbox.json"


def main(arguments: list[str] | None = None) -> None:
    """Start the sandbox, or say in one sentence why not (exit 2)."""
    wanted = _parser().parse_args(arguments)
    refusal = why_not(wanted.host, os.environ.get("LINKROLL_ENV", ""))
    if refusal:
        _leave(refusal)
    print(_WARNING, file=sys.stderr)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(wanted.host, wanted.port, wanted.state_file))
    except (OSError, UnreadableState) as error:
        _leave(str(error))


def _leave(sentence: str) -> NoReturn:
    print(f"linkroll-sandbox: {sentence}", file=sys.stderr)
    raise SystemExit(2)


def why_not(host: str, environment: str) -> str | None:
    """The reason not to start, or None."""
    if environment.strip().lower() == "production":
        return "LINKROLL_ENV=production: the sandbox never runs beside real accounts."
    if host not in _LOOPBACK:
        return f"--host {host} is not this machine; the sandbox listens on {', '.join(_LOOPBACK)} only."
    return None


async def serve(host: str, port: int, state_file: Path | None) -> None:
    """Listen until interrupted, and say on stdout where."""
    app = build_app(state_file=state_file)
    listener = listen(host, port)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
    print(f"sandbox listening on {_address(listener)}", flush=True)
    await uvicorn.Server(config).serve(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """
    An open socket: with port 0 the announced line must be true, and whoever reads it may connect.

    The protocol is named because asyncio turns off Nagle's delay only where it sees TCP; without
    it every answer comes 40 ms late.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="linkroll-sandbox", description="Stand-ins for the platforms.", epilog=_EXAMPLE
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (default)")
    parser.add_argument("--state-file", type=Path, help="keep the sandbox's state in this file")
    return parser
