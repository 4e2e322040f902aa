"""What every service stands on: one object, made once by `server.app`, handed down explicitly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.clock import Clock
from server.database import Database
from server.outgoing import Outgoing
from server.platforms import Platforms
from server.settings import Settings
from server.vault import Vault


@dataclass(frozen=True)
class Host:
    """The parts of a running linkroll."""

    settings: Settings
    database: Database
    vault: Vault
    platforms: Platforms
    outgoing: Outgoing
    clock: Clock

    def now(self) -> datetime:
        """The present moment (aware UTC) by the server's clock."""
        return self.clock.now()
