"""
Metrics, posts, stories, the plan of what is read when, budgets, and campaigns.

Written as SQL, without models: all of it is read and written in sets.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

POSTS = [
    # A post, reel, video or story. `url_key` is what the platform's address grammar calls it (`PostRef`).
    (
        "CREATE TABLE post (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " account_id bigint NOT NULL REFERENCES social_account ON DELETE CASCADE,"
        " platform text NOT NULL, platform_post_id text NOT NULL, url_key text, kind text NOT NULL,"
        " url text, text text NOT NULL DEFAULT '', thumbnail_url text,"
        " hashtags text[] NOT NULL DEFAULT '{}', mentions text[] NOT NULL DEFAULT '{}',"
        " published_at timestamptz NOT NULL, ends_at timestamptz,"
        " found_at timestamptz NOT NULL, seen_at timestamptz NOT NULL, gone_at timestamptz,"
        " read_at timestamptz, next_read_at timestamptz, read_failures integer NOT NULL DEFAULT 0,"
        " final_at timestamptz, UNIQUE (account_id, platform_post_id))",
        "DROP TABLE post",
    ),
    ("CREATE INDEX post_published ON post (account_id, published_at, id)", "DROP INDEX post_published"),
    (
        "CREATE INDEX post_url_key ON post (platform, url_key) WHERE url_key IS NOT NULL",
        "DROP INDEX post_url_key",
    ),
    ("CREATE INDEX post_hashtags ON post USING gin (hashtags)", "DROP INDEX post_hashtags"),
    ("CREATE INDEX post_mentions ON post USING gin (mentions)", "DROP INDEX post_mentions"),
    (
        "CREATE INDEX post_due ON post (platform, next_read_at)"
        " WHERE next_read_at IS NOT NULL AND kind <> 'STORY'",
        "DROP INDEX post_due",
    ),
    # What is more pressing than the rest has indexes of its own: it must be found behind any backlog.
    (
        "CREATE INDEX post_due_story ON post (platform, next_read_at)"
        " WHERE next_read_at IS NOT NULL AND kind = 'STORY'",
        "DROP INDEX post_due_story",
    ),
    (
        "CREATE INDEX post_fresh ON post (platform, published_at)"
        " WHERE next_read_at IS NOT NULL AND kind <> 'STORY'",
        "DROP INDEX post_fresh",
    ),
    # What is missing from the stories' ledger, and why.
    (
        "CREATE TABLE story_gap (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " account_id bigint NOT NULL REFERENCES social_account ON DELETE CASCADE,"
        " post_id bigint REFERENCES post ON DELETE CASCADE,"
        " from_at timestamptz NOT NULL, until_at timestamptz NOT NULL, reason text NOT NULL,"
        " UNIQUE NULLS NOT DISTINCT (account_id, post_id, from_at))",
        "DROP TABLE story_gap",
    ),
    # For the foreign key: posts go by the thousand.
    (
        "CREATE INDEX story_gap_post ON story_gap (post_id) WHERE post_id IS NOT NULL",
        "DROP INDEX story_gap_post",
    ),
]

READINGS = [
    # Where a number comes from, once for all the numbers that come from there.
    (
        "CREATE TABLE metric_source (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " platform text NOT NULL, login text NOT NULL, level text NOT NULL, metric text NOT NULL,"
        " platform_metric text NOT NULL, api_version text NOT NULL, definition text NOT NULL,"
        " UNIQUE (platform, login, level, metric, platform_metric, api_version, definition))",
        "DROP TABLE metric_source",
    ),
    # What was read, never changed: a later reading of the same day is a further row. `post_id` 0: the account's
    # own numbers. No foreign keys: they would be checked for each of millions of rows; purging is a job.
    (
        "CREATE TABLE metric_snapshot (account_id bigint NOT NULL, post_id bigint NOT NULL DEFAULT 0,"
        " metric text NOT NULL, day date NOT NULL, read_at timestamptz NOT NULL, value double precision,"
        " availability text NOT NULL, source_id integer NOT NULL,"
        " PRIMARY KEY (account_id, post_id, metric, day, read_at)) PARTITION BY RANGE (day)",
        "DROP TABLE metric_snapshot",
    ),
    # The newest word on each metric: what lists and totals show without looking into the snapshots.
    (
        "CREATE TABLE metric_latest (account_id bigint NOT NULL, post_id bigint NOT NULL DEFAULT 0,"
        " metric text NOT NULL, day date NOT NULL, read_at timestamptz NOT NULL, value double precision,"
        " availability text NOT NULL, source_id integer NOT NULL, PRIMARY KEY (account_id, post_id, metric))"
        " WITH (fillfactor = 80)",
        "DROP TABLE metric_latest",
    ),
    # The stream of `metricsRecorded`: one row a fetch, in the transaction of the fetch (cursor as in ADR 0004).
    (
        "CREATE TABLE metric_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " tx xid8 NOT NULL DEFAULT pg_current_xact_id(), at timestamptz NOT NULL,"
        " account_id bigint NOT NULL, profile_id bigint NOT NULL, platform text NOT NULL,"
        " work text NOT NULL, post_ids bigint[] NOT NULL DEFAULT '{}', readings integer NOT NULL)",
        "DROP TABLE metric_event",
    ),
    ("CREATE INDEX metric_event_cursor ON metric_event (tx, id)", "DROP INDEX metric_event_cursor"),
    # Where the stream begins after pruning: older cursors get an explicit gap.
    (
        "CREATE TABLE metric_event_horizon (one boolean PRIMARY KEY DEFAULT true CHECK (one), "
        "tx xid8 NOT NULL, id bigint NOT NULL)",
        "DROP TABLE metric_event_horizon",
    ),
    # What must go: a removed account's numbers, an ended link's where the platform says so.
    (
        "CREATE TABLE metric_purge (account_id bigint PRIMARY KEY, due_at timestamptz NOT NULL,"
        " reason text NOT NULL)",
        "DROP TABLE metric_purge",
    ),
]

PLAN = [
    # What is read of an account, and when next. Whoever reads claims the row first (`claimed_until`).
    (
        "CREATE TABLE poll (account_id bigint NOT NULL REFERENCES social_account ON DELETE CASCADE,"
        " work text NOT NULL, platform text NOT NULL, next_at timestamptz NOT NULL,"
        " rank smallint NOT NULL DEFAULT 5, claimed_until timestamptz,"
        " last_ok_at timestamptz, failures integer NOT NULL DEFAULT 0, last_error text,"
        " refused jsonb NOT NULL DEFAULT '{}', PRIMARY KEY (account_id, work))",
        "DROP TABLE poll",
    ),
    # `refused`: metrics that the platform refused for the account, and when. What was read of accounts whose
    # link ended since: taken up from there when they are linked anew.
    (
        "CREATE TABLE poll_past (account_id bigint NOT NULL REFERENCES social_account ON DELETE CASCADE,"
        " work text NOT NULL, last_ok_at timestamptz NOT NULL, PRIMARY KEY (account_id, work))",
        "DROP TABLE poll_past",
    ),
    ("CREATE INDEX poll_due ON poll (platform, work, next_at)", "DROP INDEX poll_due"),
    # When somebody last asked for fresh numbers: once in a few minutes is enough.
    (
        "ALTER TABLE social_account ADD COLUMN metrics_asked_at timestamptz",
        "ALTER TABLE social_account DROP COLUMN metrics_asked_at",
    ),
    # What was spent of each bucket in its present window, by all processes together.
    (
        "CREATE TABLE budget (login text NOT NULL, key text NOT NULL, account_key text NOT NULL DEFAULT '',"
        " window_start timestamptz NOT NULL, used double precision NOT NULL DEFAULT 0,"
        " previous_used double precision NOT NULL DEFAULT 0, told_percent double precision,"
        " told_at timestamptz, blocked_until timestamptz, PRIMARY KEY (login, key, account_key))",
        "DROP TABLE budget",
    ),
    # A platform in trouble: how often it failed in a row, and until when nobody asks it.
    (
        "CREATE TABLE circuit (login text PRIMARY KEY, failures integer NOT NULL DEFAULT 0,"
        " open_until timestamptz, failed_at timestamptz, error text)",
        "DROP TABLE circuit",
    ),
]

CAMPAIGNS = [
    (
        "CREATE TABLE campaign (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,"
        " starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),"
        " hashtags text[] NOT NULL DEFAULT '{}', mentions text[] NOT NULL DEFAULT '{}',"
        " created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL)",
        "DROP TABLE campaign",
    ),
    (
        "CREATE TABLE campaign_profile (campaign_id bigint NOT NULL REFERENCES campaign ON DELETE CASCADE,"
        " profile_id bigint NOT NULL REFERENCES profile ON DELETE CASCADE, added_at timestamptz NOT NULL,"
        " PRIMARY KEY (campaign_id, profile_id))",
        "DROP TABLE campaign_profile",
    ),
    (
        "CREATE INDEX campaign_profile_profile ON campaign_profile (profile_id)",
        "DROP INDEX campaign_profile_profile",
    ),
    # A post named by its address: it counts even before it is found, and also without any rule. Whose it is,
    # where the address tells: by stable id or by handle.
    (
        "CREATE TABLE campaign_url (id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,"
        " campaign_id bigint NOT NULL REFERENCES campaign ON DELETE CASCADE,"
        " platform text NOT NULL, url_key text NOT NULL, url text NOT NULL,"
        " owner_platform_id text, owner_handle_key text, added_at timestamptz NOT NULL,"
        " PRIMARY KEY (campaign_id, platform, url_key))",
        "DROP TABLE campaign_url",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("models", "0003_links")]

    operations = [
        ops.RunSQL(forward, reverse_sql=backward)
        for forward, backward in (*POSTS, *READINGS, *PLAN, *CAMPAIGNS)
    ]
