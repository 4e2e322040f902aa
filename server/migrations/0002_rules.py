"""
What Tortoise's first migration leaves out: the rules that the database itself holds, and the indexes
that reads walk. Written by hand as SQL because `Meta.constraints` is ignored by `CreateModel`.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

RULES = [
    # An account belongs to one profile: by stable id once it has one, by handle otherwise.
    (
        "CREATE UNIQUE INDEX social_account_platform_id ON social_account (platform, platform_id) "
        "WHERE platform_id IS NOT NULL",
        "DROP INDEX social_account_platform_id",
    ),
    (
        "CREATE UNIQUE INDEX social_account_handle ON social_account (platform, handle_key) "
        "WHERE handle_key IS NOT NULL",
        "DROP INDEX social_account_handle",
    ),
    (
        "ALTER TABLE social_account ADD CONSTRAINT social_account_is_named "
        "CHECK (platform_id IS NOT NULL OR handle IS NOT NULL)",
        "ALTER TABLE social_account DROP CONSTRAINT social_account_is_named",
    ),
    # What is invalid has a reason, and only what was authenticated can be invalid.
    (
        "ALTER TABLE social_account ADD CONSTRAINT social_account_reason CHECK "
        "((invalidated_at IS NULL) = (invalid_reason IS NULL) "
        "AND (invalidated_at IS NULL OR authenticated_at IS NOT NULL))",
        "ALTER TABLE social_account DROP CONSTRAINT social_account_reason",
    ),
    # LEAST ignores nulls: the earliest deadline there is, or null.
    (
        "ALTER TABLE social_account ADD COLUMN expires_at timestamptz "
        "GENERATED ALWAYS AS (LEAST(consent_expires_at, platform_expires_at)) STORED",
        "ALTER TABLE social_account DROP COLUMN expires_at",
    ),
    (
        "CREATE INDEX social_account_profile ON social_account (profile_id, id)",
        "DROP INDEX social_account_profile",
    ),
    (
        "CREATE INDEX social_account_expires ON social_account (expires_at, id) WHERE invalidated_at IS NULL",
        "DROP INDEX social_account_expires",
    ),
    (
        "CREATE INDEX social_account_grant ON social_account (grant_id) WHERE grant_id IS NOT NULL",
        "DROP INDEX social_account_grant",
    ),
    (
        "CREATE INDEX oauth_grant_subject ON oauth_grant (login, subject)",
        "DROP INDEX oauth_grant_subject",
    ),
    (
        "CREATE UNIQUE INDEX profile_external_id ON profile (external_id) WHERE external_id IS NOT NULL",
        "DROP INDEX profile_external_id",
    ),
    (
        "ALTER TABLE profile ADD CONSTRAINT profile_kind CHECK (kind IN ('INDIVIDUAL', 'GROUP'))",
        "ALTER TABLE profile DROP CONSTRAINT profile_kind",
    ),
    (
        "CREATE INDEX profile_display_name ON profile (lower(display_name), id) WHERE merged_into_id IS NULL",
        "DROP INDEX profile_display_name",
    ),
    (
        "CREATE INDEX profile_merged_into ON profile (merged_into_id) WHERE merged_into_id IS NOT NULL",
        "DROP INDEX profile_merged_into",
    ),
    ("CREATE INDEX group_member_member ON group_member (member_id)", "DROP INDEX group_member_member"),
    (
        "ALTER TABLE group_member ADD CONSTRAINT group_member_not_itself CHECK (group_id <> member_id)",
        "ALTER TABLE group_member DROP CONSTRAINT group_member_not_itself",
    ),
    ("CREATE INDEX profile_merge_merged ON profile_merge (merged_id)", "DROP INDEX profile_merge_merged"),
    (
        "CREATE UNIQUE INDEX connect_attempt_start ON connect_attempt (start_hash)",
        "DROP INDEX connect_attempt_start",
    ),
    (
        "CREATE UNIQUE INDEX connect_attempt_state ON connect_attempt (state_hash) WHERE state_hash IS NOT NULL",
        "DROP INDEX connect_attempt_state",
    ),
    (
        "CREATE INDEX connect_attempt_open ON connect_attempt (api_key_id, expires_at) WHERE finished_at IS NULL",
        "DROP INDEX connect_attempt_open",
    ),
    (
        "CREATE INDEX connect_candidate_attempt ON connect_candidate (attempt_id, position)",
        "DROP INDEX connect_candidate_attempt",
    ),
    # Ids are handed out before the commit, so they are not in the order in which rows become visible.
    # The writing transaction is: (tx, id) is the cursor, and readers stop at the oldest open tx (ADR 0004).
    (
        "ALTER TABLE status_event ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id()",
        "ALTER TABLE status_event DROP COLUMN tx",
    ),
    ("CREATE INDEX status_event_cursor ON status_event (tx, id)", "DROP INDEX status_event_cursor"),
    (
        "CREATE INDEX status_event_profile ON status_event (profile_id, tx, id)",
        "DROP INDEX status_event_profile",
    ),
    # Where the log begins after pruning: older cursors get an explicit gap.
    (
        "CREATE TABLE status_event_horizon (one boolean PRIMARY KEY DEFAULT true CHECK (one), "
        "tx xid8 NOT NULL, id bigint NOT NULL)",
        "DROP TABLE status_event_horizon",
    ),
    (
        "ALTER TABLE api_key ADD CONSTRAINT api_key_role CHECK "
        "(role IN ('admin', 'manager', 'observer', 'creator') AND (role = 'creator') = (profile_id IS NOT NULL))",
        "ALTER TABLE api_key DROP CONSTRAINT api_key_role",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("models", "0001_roster")]

    operations = [ops.RunSQL(forward, reverse_sql=backward) for forward, backward in RULES]
