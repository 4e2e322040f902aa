"""
Browser sessions: a page's cookie stands for an API key, or for a token of the identity provider.

Only a hash of the cookie is kept. What a key may do is not copied but looked up at each use; of a token, which is
not kept, the row says who it was for, what it gave and when it ends.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

SESSIONS = [
    (
        "CREATE TABLE browser_session (secret_hash bytea PRIMARY KEY, caller text NOT NULL,"
        " api_key_id varchar(32) REFERENCES api_key (id) ON DELETE CASCADE,"
        " issuer text, name text, role text, profile_id bigint REFERENCES profile (id) ON DELETE CASCADE,"
        " credential_ends_at timestamptz, created_at timestamptz NOT NULL, seen_at timestamptz NOT NULL,"
        " CHECK (CASE WHEN api_key_id IS NULL"
        " THEN num_nulls(issuer, name, role, credential_ends_at) = 0"
        " ELSE num_nonnulls(issuer, name, role, profile_id, credential_ends_at) = 0 END))",
        "DROP TABLE browser_session",
    ),
    (
        "CREATE INDEX browser_session_caller ON browser_session (caller, seen_at)",
        "DROP INDEX browser_session_caller",
    ),
    (
        "CREATE INDEX browser_session_api_key ON browser_session (api_key_id) WHERE api_key_id IS NOT NULL",
        "DROP INDEX browser_session_api_key",
    ),
    (
        "CREATE INDEX browser_session_profile ON browser_session (profile_id) WHERE profile_id IS NOT NULL",
        "DROP INDEX browser_session_profile",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("models", "0006_audit")]

    operations = [ops.RunSQL(forward, reverse_sql=backward) for forward, backward in SESSIONS]
