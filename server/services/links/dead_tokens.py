"""
Tokens of links that are over for good are forgotten: nothing can be done with them, here or at the platform.

Not at once: for a week a wrong word of a platform can still be mended by hand. The grant's row stays until the
reconnect, as it names the login and the person. What may heal keeps its tokens, and so does what ended by our
own clock: unlinking it must tell the platform.
"""

from __future__ import annotations

from datetime import timedelta

from server.host import Host
from server.services.links.detection import HEALABLE

KEPT = timedelta(days=7)

# Over for good since: by the platform's own word, for a reason that does not pass, or that had time to until
# the consent ran out.
OVER = "(a.invalidated_at <= $1 AND (a.invalid_reason <> ALL($2::text[]) OR COALESCE(a.expires_at <= $1, false)))"

GRANTS = f"""
UPDATE oauth_grant SET sealed_tokens = '', fingerprints = '{{}}', dead_at = COALESCE(dead_at, $3)
WHERE id IN (
  SELECT g.id FROM oauth_grant g WHERE length(g.sealed_tokens) > 0
  AND g.id IN (SELECT a.grant_id FROM social_account a WHERE a.invalidated_at <= $1 AND a.grant_id IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM social_account a WHERE a.grant_id = g.id AND NOT COALESCE({OVER}, false))
  AND NOT EXISTS (SELECT 1 FROM connect_attempt t WHERE t.grant_id = g.id AND t.finished_at IS NULL)
  FOR NO KEY UPDATE SKIP LOCKED
)
"""

ACCOUNTS = f"""
UPDATE social_account SET sealed_access_token = NULL WHERE id IN (
  SELECT a.id FROM social_account a WHERE a.invalidated_at <= $1 AND a.sealed_access_token IS NOT NULL
  AND {OVER} FOR NO KEY UPDATE SKIP LOCKED
)
"""


async def forget_dead_tokens(host: Host) -> None:
    """Forget the tokens of what has been over for good for a week. A chore."""
    since, healable = host.now() - KEPT, sorted(HEALABLE)
    # Each on its own: together they would hold grants while they wait for accounts.
    await host.database.fetch(GRANTS, since, healable, host.now())
    await host.database.fetch(ACCOUNTS, since, healable)
