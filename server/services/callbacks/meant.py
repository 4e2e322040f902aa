"""Whom a notice is about (`About`), as SQL over links: an account `a` that hangs on a grant `g`."""

from __future__ import annotations

from dataclasses import dataclass

from linkroll_sdk import About, Login

LINKS = "social_account a JOIN oauth_grant g ON g.id = a.grant_id"
WAITING = "connect_attempt t JOIN oauth_grant g ON g.id = t.grant_id"
"""Consents that still wait for a choice."""


@dataclass(frozen=True)
class Meant:
    """Conditions on `LINKS` or `WAITING`, with their arguments; `also` adds further ones."""

    sql: str
    args: tuple[object, ...]

    def also(self, condition: str, *args: object) -> Meant:
        """This and *condition*, whose placeholders are `{0}`, `{1}` …"""
        places = (f"${len(self.args) + number}" for number in range(1, len(args) + 1))
        return Meant(f"{self.sql} AND {condition.format(*places)}", (*self.args, *args))


def consents_of(login: Login, about: About) -> Meant | None:
    """
    The consents at *login* that *about* fits; None when it names nobody, so that it never means everybody.

    Of *about* only what a grant knows: a `platform_id` narrows nothing here.
    """
    if about.subject is None and about.fingerprint is None:
        return None
    meant = Meant("g.login = $1", (login.key,))
    if about.subject is not None:
        meant = meant.also("g.subject = {0}", about.subject)
    if about.fingerprint is not None:
        # As an array: the index knows "contains", not "is one of".
        meant = meant.also("g.fingerprints @> {0}::text[]", [about.fingerprint])
    return meant


def links_of(login: Login, about: About) -> Meant | None:
    """The links that *about* fits; None when it names nobody."""
    if about.platform_id is None:
        return consents_of(login, about)
    meant = consents_of(login, about) or Meant("g.login = $1", (login.key,))
    # The platforms as well: the index of ids is by platform.
    return meant.also(
        "a.platform = ANY({0}::text[]) AND a.platform_id = {1}", sorted(login.serves), about.platform_id
    )
