"""The command `linkroll-sandbox`."""

import argparse
import asyncio
import os
import socket
import sys
from pathlib import Path

import uvicorn

from linkroll_sandbox.app import build_app

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
        print(f"linkroll-sandbox: {refusal}", file=sys.stderr)
        raise SystemExit(2)
    print(_WARNING, file=sys.stderr)
    try:
        asyncio.run(serve(wanted.host, wanted.port, wanted.state_file))
    except KeyboardInterrupt:
        pass


def why_not(host: str, environment: str) -> str | None:
    """The reason not to start, or None."""
    if environment.strip().lower() == "production":
        return "LINKROLL_ENV=production: the sandbox never runs beside real accounts."
    if host not in _LOOPBACK:
        return f"--host {host} is not this machine; the sandbox listens on {', '.join(_LOOPBACK)} only."
    return None


async def serve(host: str, port: int, state_file: Path | None) -> None:
    """Listen until interrupted, and say on stdout where."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        build_app(state_file=state_file), log_level="warning", timeout_graceful_shutdown=2
    )
    print(f"sandbox listening on {_address(listener)}", flush=True)
    await uvicorn.Server(config).serve(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    # The socket is opened here, not by uvicorn: with port 0 the announced line must be true, and
    # whoever waits for it may connect at once.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
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
