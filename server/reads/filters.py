"""Filters that several lists share."""

from __future__ import annotations

from typing import Any

from linkroll_sdk.urls import MAX_TEXT

from server.reads.reader import Reader
from server.reads.sql import Sql
from server.schema.types.errors import coded
from server.services.links.status import reason_sql, status_sql
from server.services.platforms.addresses import Located, locate_offline
from server.services.refusals import Refusal

MAX_SEARCH = 200


def account_conditions(reader: Reader, sql: Sql, table: str, wanted: Any) -> list[str]:
    """A `SocialAccountFilter` as SQL conditions over *table*."""
    if wanted is None:
        return []
    found = []
    if wanted.platforms is not None:
        found.append(f"{table}.platform = ANY({sql.value(list(wanted.platforms), 'text[]')})")
    if wanted.statuses is not None:
        statuses = sql.value([s.value for s in wanted.statuses], "text[]")
        found.append(f"{status_sql(table, sql.now, sql.warning)} = ANY({statuses})")
    if wanted.reasons is not None:
        reasons = sql.value([r.value for r in wanted.reasons], "text[]")
        found.append(f"{reason_sql(table, sql.now)} = ANY({reasons})")
    if wanted.expiring_before is not None:
        found.append(
            f"{table}.invalidated_at IS NULL AND {table}.expires_at > {sql.now}"
            f" AND {table}.expires_at < {sql.value(wanted.expiring_before, 'timestamptz')}"
        )
    if wanted.search is not None:
        found.append(account_search(reader, sql, table, wanted.search))
    return found


def account_search(reader: Reader, sql: Sql, table: str, text: str) -> str:
    """Whether an account's handle or name holds *text*, or its address is *text*."""
    located = _address(reader, text)
    if located is not None:
        return named(sql, table, located)
    pattern = like(sql, text)
    return f"(lower({table}.handle) LIKE {pattern} OR lower({table}.display_name) LIKE {pattern})"


def _address(reader: Reader, text: str) -> Located | None:
    if "/" not in text:
        return None
    try:
        return locate_offline(reader.host, text)
    except Refusal:
        return None


def named(sql: Sql, table: str, located: Located) -> str:
    """Whether the row is the account that *located* names."""
    ref = located.ref
    by_id = f"{table}.platform_id = {sql.value(ref.platform_id, 'text')}" if ref.platform_id else "false"
    by_handle = f"{table}.handle_key = {sql.value(ref.handle_key, 'text')}" if ref.handle_key else "false"
    platform = sql.value(located.platform.key, "text")
    return f"({table}.platform = {platform} AND ({by_id} OR {by_handle}))"


def like(sql: Sql, text: str) -> str:
    """A LIKE pattern for "holds *text*", without regard to case."""
    cleaned = text.strip().lower().lstrip("@")
    if not cleaned or len(text) > min(MAX_SEARCH, MAX_TEXT) or "\x00" in cleaned:
        raise coded("INVALID_FILTER", f"`search` takes 1 to {MAX_SEARCH} characters.")
    for special in ("\\", "%", "_"):
        cleaned = cleaned.replace(special, "\\" + special)
    return sql.value(f"%{cleaned}%", "text")
