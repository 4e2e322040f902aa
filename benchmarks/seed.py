"""A roster to read: profiles with four accounts each, at every status."""

from __future__ import annotations

from benchmarks.plan import connect

PLATFORMS = ("facebook", "instagram", "tiktok", "youtube")

SEED = """
INSERT INTO profile (kind, display_name, created_at, updated_at)
SELECT CASE WHEN n % 10 = 0 THEN 'GROUP' ELSE 'INDIVIDUAL' END, 'Creator ' || n, now(), now()
FROM generate_series(1, $1) n
"""
ACCOUNTS = """
INSERT INTO social_account (profile_id, platform, platform_id, handle, handle_key, url, display_name, followers,
  authenticated_at, consent_expires_at, invalidated_at, invalid_reason, created_at, updated_at)
SELECT p.id, k.platform, k.platform || p.id, 'creator' || p.id, 'creator' || p.id,
  'https://' || k.platform || '.example/creator' || p.id, 'Creator ' || p.id, p.id * 10 + k.n,
  CASE WHEN k.n <> 1 THEN now() - interval '30 days' END,
  CASE WHEN k.n <> 1 THEN now() + make_interval(days => 5 * k.n::int) END,
  CASE WHEN k.n = 4 THEN now() END, CASE WHEN k.n = 4 THEN 'ACCESS_REVOKED' END, now(), now()
FROM profile p CROSS JOIN unnest($1::text[]) WITH ORDINALITY k(platform, n)
"""


async def seed(url: str, profiles: int) -> None:
    """Fill an empty, migrated database."""
    async with connect(url) as connection:
        await connection.execute(SEED, profiles)
        await connection.execute(ACCOUNTS, list(PLATFORMS))
        await connection.execute("VACUUM ANALYZE")
