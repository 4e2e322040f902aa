"""Scalars: what the wire says, and how strictly it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from linkroll_sdk import PlatformKey
from strawberry.types.scalar import ScalarDefinition

from server.platforms import Platforms
from server.schema.types.errors import coded

BigInt = NewType("BigInt", int)
DateTime = NewType("DateTime", datetime)
Date = NewType("Date", date)
Duration = NewType("Duration", timedelta)

MAX_BIG_INT = 2**63 - 1
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def scalar_map(platforms: Platforms) -> Mapping[object, ScalarDefinition]:
    """The scalars of one schema. `PlatformKey` takes only the keys of *platforms*, but gives out any."""
    return {
        PlatformKey: strawberry.scalar(
            name="PlatformKey",
            description="The key of an installed platform, such as `instagram`. `platforms` lists them.",
            serialize=str,
            parse_value=_platform_parser(platforms),
        ),
        BigInt: strawberry.scalar(
            name="BigInt",
            description="A whole number that may not fit 32 bits, as a JSON number up to 2^63 - 1.",
            serialize=int,
            parse_value=_parse_big_int,
        ),
        DateTime: strawberry.scalar(
            name="DateTime",
            description="A moment in RFC 3339, with its offset: `2026-11-22T12:00:00Z`. Answers are in UTC.",
            serialize=_print_time,
            parse_value=_parse_time,
        ),
        Date: strawberry.scalar(
            name="Date",
            description="A day of the calendar: `2026-11-22`.",
            serialize=_print_date,
            parse_value=_parse_date,
        ),
        Duration: strawberry.scalar(
            name="Duration",
            description="A length of time in ISO 8601, in days and smaller: `P2D`, `PT6H`, `P1DT12H`.",
            serialize=_print_duration,
            parse_value=_parse_duration,
        ),
    }


def _platform_parser(platforms: Platforms) -> Any:
    def parse(value: object) -> PlatformKey:
        if not isinstance(value, str) or value not in platforms:
            known = ", ".join(sorted(platforms.by_key)) or "none"
            raise coded("UNKNOWN_PLATFORM", f"Unknown platform. Installed: {known}.")
        return PlatformKey(value)

    return parse


def _parse_big_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_BIG_INT:
        raise GraphQLError("BigInt takes a whole number of at most 63 bits.")
    return value


def _print_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse_time(value: object) -> datetime:
    """Aware UTC. A time without offset is refused: we would have to guess whose noon it is."""
    try:
        # Python reads more than RFC 3339: bare dates, week dates, times without an offset.
        if not isinstance(value, str) or not RFC_3339.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError("DateTime takes RFC 3339 with an offset, such as 2026-11-22T12:00:00Z.") from None


def _print_date(value: date) -> str:
    return value.isoformat()


def _parse_date(value: object) -> date:
    try:
        # Python reads more than this form: week dates, dates without hyphens.
        if not isinstance(value, str) or not ISO_DATE.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise GraphQLError("Date takes a day such as 2026-11-22.") from None


def _print_duration(value: timedelta) -> str:
    """Days and the rest apart: a month or a year has no fixed length."""
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{number}{letter}" for number, letter in parts if number)
    days = f"{value.days}D" if value.days else ""
    return f"P{days}T{time}" if time else f"P{days or '0D'}"


def _parse_duration(value: object) -> timedelta:
    raise GraphQLError("Duration is only ever answered.")
