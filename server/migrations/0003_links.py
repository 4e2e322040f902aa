"""
What keeps links alive and tells of them: refresh, probes, what was told, and what platforms delivered.

Written as SQL, and outside the models on purpose: these columns belong to the worker's statements. A model
that is saved elsewhere must not write an old value of theirs back.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

GRANTS = [
    # `version` goes up with each new pair of tokens; whoever writes one must have read the version before it.
    # `refresh_*`: who refreshes now and until when that counts, and how long to wait after failures.
    # `refresh_started_version`: a refresh of that version was sent; its answer may have been lost.
    (
        "ALTER TABLE oauth_grant ADD COLUMN version integer NOT NULL DEFAULT 1,"
        " ADD COLUMN obtained_at timestamptz,"
        " ADD COLUMN keep_alive_at timestamptz,"
        " ADD COLUMN refresh_holder uuid,"
        " ADD COLUMN refresh_lease_until timestamptz,"
        " ADD COLUMN refresh_started_version integer,"
        " ADD COLUMN refresh_not_before timestamptz,"
        " ADD COLUMN refresh_failures integer NOT NULL DEFAULT 0,"
        " ADD COLUMN fingerprints text[] NOT NULL DEFAULT '{}',"
        " ADD COLUMN dead_at timestamptz",
        "ALTER TABLE oauth_grant DROP COLUMN version, DROP COLUMN obtained_at, DROP COLUMN keep_alive_at,"
        " DROP COLUMN refresh_holder, DROP COLUMN refresh_lease_until, DROP COLUMN refresh_started_version,"
        " DROP COLUMN refresh_not_before, DROP COLUMN refresh_failures, DROP COLUMN fingerprints,"
        " DROP COLUMN dead_at",
    ),
    ("UPDATE oauth_grant SET obtained_at = consented_at", "SELECT 1"),
    (
        "CREATE INDEX oauth_grant_keep_alive ON oauth_grant (keep_alive_at) WHERE dead_at IS NULL",
        "DROP INDEX oauth_grant_keep_alive",
    ),
    (
        "CREATE INDEX oauth_grant_unsettled ON oauth_grant (refresh_lease_until)"
        " WHERE refresh_started_version IS NOT NULL",
        "DROP INDEX oauth_grant_unsettled",
    ),
    (
        "CREATE INDEX oauth_grant_fingerprints ON oauth_grant USING gin (fingerprints)",
        "DROP INDEX oauth_grant_fingerprints",
    ),
    # A new pair stands here, sealed, before anybody uses it: the old one may be dead already.
    (
        "CREATE TABLE refresh_journal (grant_id uuid NOT NULL REFERENCES oauth_grant ON DELETE CASCADE,"
        " from_version integer NOT NULL, sealed_tokens bytea NOT NULL, facts jsonb NOT NULL,"
        " received_at timestamptz NOT NULL, PRIMARY KEY (grant_id, from_version))",
        "DROP TABLE refresh_journal",
    ),
]

ACCOUNTS = [
    # What the log has told of the account last, and when there is something to tell next. The sweep walks the
    # index, so it costs what there is to tell, not what there is.
    (
        "ALTER TABLE social_account ADD COLUMN told_status text, ADD COLUMN told_reason text,"
        " ADD COLUMN told_days smallint, ADD COLUMN next_tell_at timestamptz,"
        " ADD COLUMN probe_at timestamptz, ADD COLUMN probe_failures integer NOT NULL DEFAULT 0,"
        " ADD COLUMN checked_at timestamptz",
        "ALTER TABLE social_account DROP COLUMN told_status, DROP COLUMN told_reason, DROP COLUMN told_days,"
        " DROP COLUMN next_tell_at, DROP COLUMN probe_at, DROP COLUMN probe_failures, DROP COLUMN checked_at",
    ),
    # Accounts from before: whatever their status is now counts as told.
    (
        "UPDATE social_account SET told_status = CASE WHEN invalidated_at IS NOT NULL THEN 'INVALID'"
        " WHEN authenticated_at IS NULL THEN 'ADDED' ELSE 'LINKED' END, told_reason = invalid_reason,"
        " next_tell_at = CASE WHEN invalidated_at IS NULL AND authenticated_at IS NOT NULL THEN now() END,"
        " probe_at = CASE WHEN grant_id IS NOT NULL THEN now() + random() * interval '1 day' END",
        "SELECT 1",
    ),
    (
        "CREATE INDEX social_account_next_tell ON social_account (next_tell_at) WHERE next_tell_at IS NOT NULL",
        "DROP INDEX social_account_next_tell",
    ),
    (
        "CREATE INDEX social_account_probe ON social_account (probe_at) WHERE probe_at IS NOT NULL",
        "DROP INDEX social_account_probe",
    ),
    # What is over, and may still hold tokens.
    (
        "CREATE INDEX social_account_over ON social_account (invalidated_at)"
        " WHERE invalidated_at IS NOT NULL AND grant_id IS NOT NULL",
        "DROP INDEX social_account_over",
    ),
    (
        "CREATE INDEX social_account_unplanned ON social_account (id)"
        " WHERE probe_at IS NULL AND grant_id IS NOT NULL",
        "DROP INDEX social_account_unplanned",
    ),
    (
        "ALTER TABLE status_event ADD COLUMN days_left smallint",
        "ALTER TABLE status_event DROP COLUMN days_left",
    ),
]

CALLBACKS = [
    # A delivery counts once, however often it comes: `dedupe_key` is its own name at the platform.
    (
        "CREATE TABLE callback_delivery (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " login text NOT NULL, callback text NOT NULL, dedupe_key text NOT NULL,"
        " notices jsonb NOT NULL, receipt_code text NOT NULL UNIQUE, received_at timestamptz NOT NULL,"
        " repeats integer NOT NULL DEFAULT 0, attempts integer NOT NULL DEFAULT 0, not_before timestamptz,"
        " done_at timestamptz, outcome text, asks_deletion boolean NOT NULL DEFAULT false,"
        " account_ids bigint[] NOT NULL DEFAULT '{}', UNIQUE (login, callback, dedupe_key))",
        "DROP TABLE callback_delivery",
    ),
    (
        "CREATE INDEX callback_delivery_open ON callback_delivery (id) WHERE done_at IS NULL",
        "DROP INDEX callback_delivery_open",
    ),
    (
        "CREATE INDEX callback_delivery_done ON callback_delivery (done_at)"
        " WHERE done_at IS NOT NULL AND NOT asks_deletion",
        "DROP INDEX callback_delivery_done",
    ),
    # Whose consent an account hung on once. A person may ask for the deletion of their data after the link
    # ended, and the platform then names them only by their id at the login. A trigger, because a grant leaves
    # an account in many ways, and the one that forgot to note it would be found out by nobody.
    (
        "CREATE TABLE former_link (login text NOT NULL, subject text NOT NULL,"
        " account_id bigint NOT NULL REFERENCES social_account ON DELETE CASCADE,"
        " PRIMARY KEY (login, subject, account_id))",
        "DROP TABLE former_link",
    ),
    ("CREATE INDEX former_link_account ON former_link (account_id)", "DROP INDEX former_link_account"),
    (
        "CREATE FUNCTION keep_former_link() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO former_link (login, subject, account_id)"
        " SELECT g.login, g.subject, OLD.id FROM oauth_grant g WHERE g.id = OLD.grant_id"
        " ON CONFLICT DO NOTHING; RETURN NULL; END $$",
        "DROP FUNCTION keep_former_link",
    ),
    (
        "CREATE TRIGGER keep_former_link AFTER UPDATE OF grant_id ON social_account FOR EACH ROW"
        " WHEN (OLD.grant_id IS NOT NULL AND NEW.grant_id IS DISTINCT FROM OLD.grant_id)"
        " EXECUTE FUNCTION keep_former_link()",
        "DROP TRIGGER keep_former_link ON social_account",
    ),
    # What the operator should know, each once with a count: a refused app, a metric that died.
    (
        "CREATE TABLE operator_notice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " kind text NOT NULL, subject text NOT NULL, detail text NOT NULL,"
        " first_seen_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL,"
        " times bigint NOT NULL DEFAULT 1, UNIQUE (kind, subject))",
        "DROP TABLE operator_notice",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("models", "0002_rules")]

    operations = [
        ops.RunSQL(forward, reverse_sql=backward) for forward, backward in (*GRANTS, *ACCOUNTS, *CALLBACKS)
    ]
