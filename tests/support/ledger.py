"""What stands in the database, straight from its tables, and what must hold there at every moment."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import asyncpg

from server.database import credentials_of
from server.event_log import Cursor
from server.ids import global_id
from server.reads.event_cursors import read_cursor, write_cursor
from server.services.links.grants import account_place, place
from server.vault import Vault, parse_keys
from support.commands import VAULT_KEY
from support.followers import Told

NONE_OF = {
    "a link without a grant": "SELECT id FROM social_account WHERE authenticated_at IS NOT NULL"
    " AND invalidated_at IS NULL AND grant_id IS NULL",
    "a grant or a token on what was never linked, or was unlinked": "SELECT id FROM social_account"
    " WHERE (authenticated_at IS NULL OR invalid_reason = 'UNLINKED')"
    " AND (grant_id IS NOT NULL OR sealed_access_token IS NOT NULL)",
    "a grant that nobody needs": "SELECT id FROM oauth_grant g"
    " WHERE NOT EXISTS (SELECT 1 FROM social_account a WHERE a.grant_id = g.id)"
    " AND NOT EXISTS (SELECT 1 FROM connect_attempt t WHERE t.grant_id = g.id AND t.finished_at IS NULL)",
    "an attempt that ended and still holds something": "SELECT t.id FROM connect_attempt t LEFT JOIN"
    " connect_candidate c ON c.attempt_id = t.id WHERE t.finished_at IS NOT NULL AND (t.grant_id IS NOT NULL"
    " OR t.sealed_code_verifier IS NOT NULL OR c.sealed_access_token IS NOT NULL)",
    "a choice without a grant": "SELECT id FROM connect_attempt WHERE choosing_at IS NOT NULL"
    " AND finished_at IS NULL AND grant_id IS NULL",
    "a success without a linked account": "SELECT t.id FROM connect_attempt t WHERE t.outcome_code ="
    " 'ACCOUNTS_LINKED' AND NOT EXISTS (SELECT 1 FROM connect_candidate c WHERE c.attempt_id = t.id"
    "  AND c.account_id IS NOT NULL)",
    "two accounts of one identity": "SELECT platform, platform_id FROM social_account"
    " WHERE platform_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1 UNION ALL"
    " SELECT platform, handle_key FROM social_account WHERE handle_key IS NOT NULL"
    " GROUP BY 1, 2 HAVING count(*) > 1",
    "anything that hangs on a merged profile": "SELECT a.id::text FROM social_account a JOIN profile p"
    " ON p.id = a.profile_id WHERE p.merged_into_id IS NOT NULL UNION ALL"
    " SELECT t.id::text FROM connect_attempt t JOIN profile p ON p.id = t.profile_id"
    " WHERE p.merged_into_id IS NOT NULL UNION ALL SELECT p.id::text FROM profile p"
    " JOIN profile s ON s.id = p.merged_into_id WHERE s.merged_into_id IS NOT NULL",
    "a merge that is not done, or not undone": "SELECT m.id FROM profile_merge m JOIN profile p"
    " ON p.id = m.merged_id WHERE m.undone_at IS NULL AND p.merged_into_id IS NULL",
    "a journal from the future": "SELECT j.grant_id FROM refresh_journal j JOIN oauth_grant g"
    " ON g.id = j.grant_id WHERE j.from_version > g.version",
    "numbers of an account that is gone and not to be forgotten": "SELECT n.account_id FROM"
    " (SELECT account_id FROM metric_snapshot UNION SELECT account_id FROM metric_latest) n"
    " WHERE NOT EXISTS (SELECT 1 FROM social_account a WHERE a.id = n.account_id)"
    " AND NOT EXISTS (SELECT 1 FROM metric_purge m WHERE m.account_id = n.account_id)",
    "an event that does not join": "SELECT * FROM (SELECT account_id, tx, id, previous_status, status,"
    " status_reason, lag(status) OVER w AS was, lag(status_reason) OVER w AS was_for,"
    " row_number() OVER w AS number FROM status_event WINDOW w AS (PARTITION BY account_id ORDER BY tx, id)) e"
    " WHERE CASE WHEN number = 1 THEN previous_status IS NOT NULL ELSE was IS NULL"
    "  OR previous_status IS DISTINCT FROM was OR (status IS NOT DISTINCT FROM was"
    "  AND status_reason IS NOT DISTINCT FROM was_for AND status <> 'EXPIRING') END",
    "an account whose last event says something else": "SELECT COALESCE(a.id, e.account_id)"
    " FROM social_account a FULL JOIN (SELECT DISTINCT ON (account_id) account_id, status, status_reason"
    " FROM status_event ORDER BY account_id, tx DESC, id DESC) e ON e.account_id = a.id"
    " WHERE e.status IS DISTINCT FROM a.told_status OR e.status_reason IS DISTINCT FROM a.told_reason"
    " OR (a.id IS NOT NULL) <> (e.status IS NOT NULL)",
    "an act that is noted twice": "SELECT request_id FROM audit_entry WHERE request_id IS NOT NULL"
    " AND outcome = 'OK' GROUP BY 1 HAVING count(*) > 1",
}
"""Rules of the data, and the rows that break them. They hold in every snapshot, whatever was killed."""

KEYS = """
  SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
    (SELECT array_agg(attname::text ORDER BY n) FROM unnest(conkey) WITH ORDINALITY k(num, n)
     JOIN pg_attribute ON attrelid = conrelid AND attnum = num) AS columns,
    (SELECT array_agg(attname::text ORDER BY n) FROM unnest(confkey) WITH ORDINALITY k(num, n)
     JOIN pg_attribute ON attrelid = confrelid AND attnum = num) AS parents
  FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
"""


class Ledger:
    """The tables of one database."""

    AWAY: ClassVar = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

    def __init__(self, url: str) -> None:
        self.url = url
        self._vault = Vault(parse_keys(VAULT_KEY))

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Any]:
        """A connection that sees one moment, and reads the tables themselves rather than their indexes."""
        connection = await asyncpg.connect(**credentials_of(self.url), timeout=10)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for way in ("indexscan", "indexonlyscan", "bitmapscan"):
                    await connection.execute(f"SET LOCAL enable_{way} = off")
                yield connection
        finally:
            await connection.close()

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        """All rows of one statement."""
        async with self.snapshot() as snapshot:
            return list(await snapshot.fetch(sql, *args))

    async def entry(self, request_id: str) -> str | None:
        """What a request made, "" for one that made nothing new; None if it never happened."""
        rows = await self.fetch(
            "SELECT target_ids FROM audit_entry WHERE request_id = $1 AND outcome = 'OK'", request_id
        )
        # What an act makes is named after what it was given.
        return next((row["target_ids"][-1] if row["target_ids"] else "" for row in rows), None)

    async def newest_merge(self, merged: int) -> str:
        """The id of a profile's last merge."""
        [row] = await self.fetch("SELECT max(id) AS id FROM profile_merge WHERE merged_id = $1", merged)
        return global_id("ProfileMerge", row["id"])

    async def check_rules(self) -> None:
        """Every rule holds, every reference leads somewhere, and every secret opens."""
        async with self.snapshot() as snapshot:
            broken = {name: await snapshot.fetch(sql) for name, sql in NONE_OF.items()}
            for key in await snapshot.fetch(KEYS):
                broken[f"{key['child']} of no {key['parent']}"] = await snapshot.fetch(_orphans(key))
            await self._open_everything(snapshot)
        found = {name: rows for name, rows in broken.items() if rows}
        assert found == {}, found

    async def _open_everything(self, snapshot: Any) -> None:
        for row in await snapshot.fetch(
            "SELECT id, sealed_tokens FROM oauth_grant WHERE sealed_tokens <> ''"
        ):
            self._vault.open(row["sealed_tokens"], place(row["id"]))
        for row in await snapshot.fetch(
            "SELECT id, sealed_access_token FROM social_account WHERE sealed_access_token IS NOT NULL"
        ):
            self._vault.open(row["sealed_access_token"], account_place(row["id"]))

    def open_tokens(self, grant: Any) -> str:
        """A grant's tokens, in the clear."""
        return self._vault.open(grant["sealed_tokens"], place(grant["id"]))

    async def roster(self) -> tuple[dict[str, str | None], dict[str, tuple[str, str]]]:
        """Every profile with the one it was merged into, and every account with its profile and standing."""
        async with self.snapshot() as snapshot:
            profiles = await snapshot.fetch("SELECT id, merged_into_id FROM profile")
            accounts = await snapshot.fetch(
                "SELECT id, profile_id, COALESCE(invalid_reason,"
                " CASE WHEN authenticated_at IS NULL THEN 'ADDED' ELSE 'LINKED' END) AS standing"
                " FROM social_account"
            )
        into = {row["id"]: row["merged_into_id"] for row in profiles}
        return (
            {global_id("Profile", one): into[one] and global_id("Profile", into[one]) for one in into},
            {
                global_id("SocialAccount", row["id"]): (
                    global_id("Profile", row["profile_id"]),
                    row["standing"],
                )
                for row in accounts
            },
        )

    async def done(self) -> dict[str, str]:
        """Every act in the audit log: its action, by the request's id."""
        rows = await self.fetch("SELECT request_id, action FROM audit_entry WHERE outcome = 'OK'")
        return {row["request_id"]: row["action"] for row in rows}

    async def events(self, after: str, where: str = "true") -> list[Told]:
        """The log behind a cursor, in its order."""
        cursor = read_cursor(after)
        rows = await self.fetch(
            "SELECT e.tx::text AS tx, id, account_id, previous_status, status, status_reason FROM status_event e"
            f" WHERE (e.tx, id) > ($1::text::xid8, $2) AND {where} ORDER BY e.tx, id",
            str(cursor.tx),
            cursor.id,
        )
        return [
            (
                write_cursor(Cursor(int(row["tx"]), row["id"])),
                global_id("SocialAccount", row["account_id"]),
                row["previous_status"],
                row["status"],
                row["status_reason"],
            )
            for row in rows
        ]


def _orphans(key: Any) -> str:
    """The rows of a child table whose foreign key leads nowhere."""
    pairs = list(zip(key["columns"], key["parents"], strict=True))
    joined = " AND ".join(f"p.{theirs} = c.{ours}" for ours, theirs in pairs)
    there = " AND ".join(f"c.{ours} IS NOT NULL" for ours, _ in pairs)
    return f"SELECT c.* FROM {key['child']} c LEFT JOIN {key['parent']} p ON {joined} WHERE {there} AND p IS NULL"
