"""Everything the sandbox knows, in one object that can be written down and read back."""

from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.requests import Request

from linkroll_sandbox.cast import Cast, seed
from linkroll_sandbox.clock import Clock
from linkroll_sandbox.content.changes import Changes
from linkroll_sandbox.faults import Fault
from linkroll_sandbox.google.state import GoogleState
from linkroll_sandbox.grants import Ledger
from linkroll_sandbox.meta.usage import Usage
from linkroll_sandbox.record import Record
from linkroll_sandbox.registrations import App, development_apps
from linkroll_sandbox.revive import revive
from linkroll_sandbox.switches import default_switches


@dataclass
class NextConsent:
    """What a person will answer at the next consent, unless the form says otherwise."""

    scopes: list[str] | None = None
    pages: list[str] | None = None
    instagram: list[str] | None = None
    account: str | None = None
    decision: str | None = None


@dataclass
class World:
    """The people, their accounts, what they allowed, and the switches that shape the answers."""

    clock: Clock = field(default_factory=Clock)
    cast: Cast = field(default_factory=seed)
    apps: dict[str, App] = field(default_factory=development_apps)
    ledger: Ledger = field(default_factory=Ledger)
    switches: dict[str, str] = field(default_factory=default_switches)
    google: GoogleState = field(default_factory=GoogleState)
    #: Where the platforms send their callbacks, keyed by login and then by callback.
    callbacks: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Keyed by `login/person`.
    next_consents: dict[str, NextConsent] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    #: What tests published and deleted; the rest of the content is computed (`content/`).
    changes: Changes = field(default_factory=Changes)
    record: Record = field(default_factory=Record)
    usage: Usage = field(default_factory=Usage)

    def now(self) -> float:
        """Unix time by the sandbox's own clock."""
        return self.clock.now()

    def is_on(self, switch: str) -> bool:
        """Whether an on/off switch is on."""
        return self.switches[switch] == "on"

    def reset(self) -> None:
        """Back to a fresh sandbox, in place: the app keeps its reference."""
        self.__dict__.update(World().__dict__)

    def to_json(self) -> dict[str, Any]:
        """Everything but the record and the count of requests, which belong to one run."""
        kept = asdict(self)
        kept.pop("record")
        kept.pop("usage")
        return kept

    def restore(self, kept: dict[str, Any]) -> None:
        """
        Take on what `to_json` wrote; switches that are newer than the file keep their default.

        Raises KeyError or TypeError for JSON that is something else.
        """
        restored = revive(World, {**kept, "cast": kept["cast"]})
        restored.switches = default_switches() | restored.switches
        self.__dict__.update(restored.__dict__)


def world_of(request: Request) -> World:
    """The world that this request belongs to."""
    world: World = request.app.state.world
    return world
