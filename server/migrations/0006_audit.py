"""
Who may call for how long, and who did what: limits on keys, and the audit log.

The audit log is append-only by a trigger: whoever holds linkroll's own role can add to it, and take away only
what `server.services.callers.audit.prune_audit` announces to be too old.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

KEYS = [
    (
        "ALTER TABLE api_key ADD COLUMN expires_at timestamptz,"
        " ADD COLUMN scope text NOT NULL DEFAULT 'full' CHECK (scope IN ('full', 'connect', 'read'))",
        "ALTER TABLE api_key DROP COLUMN expires_at, DROP COLUMN scope",
    ),
]

AUDIT = [
    # No foreign keys: an entry outlives the key, the profile and the account that it names.
    (
        "CREATE TABLE audit_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " at timestamptz NOT NULL, actor text NOT NULL, actor_name text NOT NULL, action text NOT NULL,"
        " outcome text NOT NULL, target_ids text[] NOT NULL DEFAULT '{}', request_id text)",
        "DROP TABLE audit_entry",
    ),
    ("CREATE INDEX audit_entry_at ON audit_entry (at, id)", "DROP INDEX audit_entry_at"),
    ("CREATE INDEX audit_entry_actor ON audit_entry (actor, at)", "DROP INDEX audit_entry_actor"),
    (
        "CREATE INDEX audit_entry_targets ON audit_entry USING gin (target_ids)",
        "DROP INDEX audit_entry_targets",
    ),
    (
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' AND OLD.at < nullif(current_setting('linkroll.audit_horizon', true), '')::timestamptz"
        " THEN RETURN OLD; END IF;"
        " RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$",
        "DROP FUNCTION audit_is_append_only",
    ),
    (
        "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
        "DROP TRIGGER audit_is_append_only ON audit_entry",
    ),
    (
        "CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
        "DROP TRIGGER audit_is_never_emptied ON audit_entry",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("models", "0005_queue")]

    operations = [ops.RunSQL(forward, reverse_sql=backward) for forward, backward in (*KEYS, *AUDIT)]
