"""One statement in the making: its text is built beside its arguments, so no value is ever in the text."""

from __future__ import annotations

from datetime import datetime, timedelta


class Sql:
    """Hands out placeholders. A value asked for twice by name gets one placeholder."""

    def __init__(self, now: datetime, warning: timedelta) -> None:
        self.args: list[object] = []
        self._now, self._warning = now, warning
        self._named: dict[str, str] = {}

    def value(self, value: object, cast: str) -> str:
        """A placeholder for *value*, with its SQL type."""
        self.args.append(value)
        return f"${len(self.args)}::{cast}"

    @property
    def now(self) -> str:
        """The placeholder for the present moment."""
        return self._once("now", self._now, "timestamptz")

    @property
    def warning(self) -> str:
        """The placeholder for the last moment whose deadlines are warned of now."""
        return self._once("warning", self._now + self._warning, "timestamptz")

    def _once(self, name: str, value: object, cast: str) -> str:
        if name not in self._named:
            self._named[name] = self.value(value, cast)
        return self._named[name]
