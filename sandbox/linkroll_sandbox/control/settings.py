"""Clock, apps, switches and faults: reading what a caller wants to set."""

from datetime import timedelta
from typing import Any

from linkroll_sandbox.control.inputs import (
    ControlError,
    Input,
    as_object,
    number,
    one_of,
    only,
    text,
    texts,
)
from linkroll_sandbox.faults import KINDS, Fault
from linkroll_sandbox.registrations import App
from linkroll_sandbox.switches import SWITCHES
from linkroll_sandbox.world import World

_STEPS = ("seconds", "minutes", "hours", "days")
_ANNOUNCED = "announced_seconds"
_COMMON = ("kind", "host", "path", "method", "times")
_NUMBERS = ("seconds", "minutes", "code", "subcode")


def set_clock(world: World, given: Input) -> None:
    """An absolute offset from real time."""
    only(given, ("offset_seconds", _ANNOUNCED))
    world.clock.move(number(given, "offset_seconds"), number(given, _ANNOUNCED, 0))


def advance_clock(world: World, given: Input) -> None:
    """A step from the sandbox's present."""
    steps = {name: number(given, name) for name in only(given, (*_STEPS, _ANNOUNCED)) if name != _ANNOUNCED}
    if not steps:
        raise ControlError(f"Say how far: {', '.join(_STEPS)}.")
    world.clock.advance(timedelta(**steps), number(given, _ANNOUNCED, 0))


def set_switches(world: World, given: Input) -> None:
    """Turn the named switches and leave the others."""
    only(given, SWITCHES)
    world.switches.update({name: _position(given, name) for name in given})


def _position(given: Input, name: str) -> str:
    switch = SWITCHES[name]
    if switch.pattern is None:
        return one_of(given, name, switch.values)
    value = given[name]
    if not isinstance(value, str) or not switch.takes(value):
        raise ControlError(f"{name} must be a text that matches {switch.pattern}, not {value!r}.")
    return value


def set_app(app: App, given: Input) -> None:
    """Change a registration."""
    only(given, ("client_id", "client_secret", "name", "redirect_uris", "pkce_required", "status"))
    changes = dict(given)
    if "redirect_uris" in given:
        changes["redirect_uris"] = texts(given, "redirect_uris") or []
    if "status" in given:
        one_of(given, "status", ("production", "testing"))
    for name in ("client_id", "client_secret", "name"):
        changes |= {name: text(given, name)} if name in given else {}
    if not isinstance(given.get("pkce_required", False), bool):
        raise ControlError("pkce_required must be true or false.")
    for name, value in changes.items():
        setattr(app, name, value)


def read_faults(given: Any) -> list[Fault]:
    """A whole list of orders; it replaces the one before."""
    if not isinstance(given, list):
        raise ControlError("Expected a JSON list of faults.")
    return [_fault(as_object(one)) for one in given]


def _fault(given: Input) -> Fault:
    kind = one_of(given, "kind", KINDS)
    own, _ = KINDS[kind]
    only(given, (*_COMMON, *own))
    details = {name: _detail(given, kind, name) for name in own if name in given}
    return Fault(kind, *_where(given), times=_times(given), details=details)


def _detail(given: Input, kind: str, name: str) -> Any:
    """A field of the fault's own, of the type that its answer needs."""
    if name == "body" and kind == "status":
        return given[name]
    if name == "status":
        return _status(given)
    # Meta's codes are numbers, TikTok's are words.
    if name in _NUMBERS and kind != "tiktok_error":
        value = number(given, name)
        return value if name == "seconds" else int(value)
    return text(given, name)


def _status(given: Input) -> int:
    status = number(given, "status")
    if status not in range(200, 600):
        raise ControlError("status must be an HTTP status from 200 to 599.")
    return int(status)


def _where(given: Input) -> tuple[str, str, str]:
    host, path, method = (given.get(name, "*") for name in ("host", "path", "method"))
    if not all(isinstance(one, str) for one in (host, path, method)):
        raise ControlError("host, path and method must be texts; host and path may be globs.")
    return host, path, method


def _times(given: Input) -> int | None:
    if given.get("times") is None:
        return None
    times = number(given, "times")
    if times < 1 or times != int(times):
        raise ControlError("times must be a whole number from 1, or null for every time.")
    return int(times)
