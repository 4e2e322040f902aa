"""
Connect, from the callback on: what a consent brought, and what becomes of it.

    complete        code, tokens, scopes, candidates; links what is clear, else asks   (routes/oauth_callback)
    choose, cancel  the person's or frontend's word                                    (mutations)

Every end of an attempt is an outcome kept in its row, never an exception to the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID, uuid4

import structlog
from linkroll_sdk import (
    Candidate,
    CodeExchange,
    ConsentFailed,
    Grant,
    LinkrollSdkError,
    Login,
    code_challenge,
)

from server.database import Transaction
from server.host import Host
from server.ids import global_id
from server.models import ConnectAttempt, ConnectCandidate, OAuthGrant, SocialAccount
from server.services import refusals
from server.services.callers.viewers import Viewer, require_change
from server.services.connect.attempts import (
    AttemptState,
    announce,
    candidate_place,
    deadline,
    finish,
    lock_attempt,
    state_of,
    verifier_place,
)
from server.services.connect.authorizations import redirect_uri
from server.services.connect.choices import clear_choice, expected_candidate, is_usable, nothing_usable
from server.services.connect.linking import Consent, link_candidates
from server.services.connect.outcomes import fail, fail_for
from server.services.links.grants import store_grant
from server.services.platforms.answers import checked_candidates, checked_grant, mended
from server.services.platforms.logins import ask, call, client_config, http_for
from server.services.refusals import Refusal

PATIENCE_SECONDS = 15.0
"""How long to go on trying while the database is away: the code is spent, and the tokens exist nowhere else."""

log = structlog.get_logger("linkroll.consents")


async def complete(host: Host, attempt_id: UUID, params: Mapping[str, str]) -> None:
    """Carry a taken attempt to its end, or to the choice. Never raises for what a platform does."""
    async with host.database.transaction():
        attempt = await ConnectAttempt.get_or_none(id=attempt_id, finished_at=None)
    if attempt is None:
        # Cancelled or removed in this very moment.
        return
    login = host.platforms.logins[attempt.login]
    try:
        grant, candidates = await _ask_platform(host, login, attempt, params)
        settle = partial(_settle, host, login, attempt_id, grant, candidates)
        await host.database.in_the_end(settle, PATIENCE_SECONDS)
    except LinkrollSdkError as error:
        await fail_for(host, attempt_id, login.key, error)
    # The code is spent, whatever went wrong: the attempt must end, and the browser go back.
    except Exception as error:
        log.error("consent could not be settled", login=login.key, exc_info=error)
        await fail(host, attempt_id, refusals.PlatformUnavailable(platform_code="INTERNAL"))


async def _ask_platform(
    host: Host, login: Login, attempt: ConnectAttempt, params: Mapping[str, str]
) -> tuple[Grant, Sequence[Candidate]]:
    _check_issuer(login, params)
    code = ask(login, "read_callback", lambda: login.read_callback(params))
    assert attempt.sealed_code_verifier is not None
    verifier = host.vault.open(attempt.sealed_code_verifier, verifier_place(attempt.id))
    exchange = CodeExchange(
        code=code,
        redirect_uri=redirect_uri(host, login.key),
        code_verifier=verifier if code_challenge(verifier, login.pkce) else None,
        requested_scopes=frozenset(login.scope_names()),
        callback_params=params,
    )
    http, client = http_for(host, login), client_config(host, login)
    grant = await call(login, "exchange", lambda: checked_grant(login.exchange(http, client, exchange)))
    candidates = await call(
        login, "discover", lambda: checked_candidates(login.discover(http, client, grant))
    )
    return grant, [c for c in candidates if c.platform in host.platforms]


def _check_issuer(login: Login, params: Mapping[str, str]) -> None:
    """Raise where the answer is not the login's issuer's (RFC 9207 2.4): then neither its code nor its no counts."""
    # Byte for byte: a name that is merely equivalent may be somebody else's.
    if login.issuer is not None and params.get("iss") != login.issuer:
        log.warning("answer of another issuer", login=login.key)
        raise ConsentFailed("wrong_issuer", "The answer does not come from the login's issuer.")


async def _settle(
    host: Host, login: Login, attempt_id: UUID, grant: Grant, candidates: Sequence[Candidate]
) -> None:
    """Keep what the consent brought, then link what is clear and leave the rest to be chosen. One transaction."""
    async with host.database.transaction() as transaction:
        attempt = await lock_attempt(transaction, attempt_id)
        if attempt is None or attempt.finished_at is not None or attempt.grant_id is not None:
            # Cancelled or removed while the platform answered: the tokens are never stored. Or settled by a
            # try whose COMMIT was not answered.
            return
        if attempt.expires_at <= host.now():
            # Whoever follows it has been told so, and that was final.
            await finish(host, transaction, attempt, refusals.AttemptExpired())
            return
        row = await store_grant(host, transaction, login.key, grant)
        attempt.grant_id = row.id
        offered = await _store_candidates(host, attempt, candidates)
        account = await SocialAccount.get_or_none(id=attempt.account_id) if attempt.account_id else None
        try:
            async with transaction.savepoint():
                await _link_or_ask(host, transaction, Consent(attempt, row), offered, account)
        except Refusal as refusal:
            # The candidates stay, so that the person can read why.
            await finish(host, transaction, attempt, refusal)


async def _store_candidates(
    host: Host, attempt: ConnectAttempt, candidates: Sequence[Candidate]
) -> list[ConnectCandidate]:
    rows = [_candidate_row(host, attempt.id, n, candidate) for n, candidate in enumerate(candidates)]
    await ConnectCandidate.bulk_create(rows)
    return rows


def _candidate_row(host: Host, attempt_id: UUID, position: int, candidate: Candidate) -> ConnectCandidate:
    row_id, token = uuid4(), candidate.access_token
    return ConnectCandidate(
        id=row_id,
        attempt_id=attempt_id,
        position=position,
        platform=candidate.platform,
        platform_id=candidate.platform_id,
        handle=candidate.handle,
        display_name=mended(candidate.display_name, 300),
        avatar_url=candidate.avatar_url,
        followers=candidate.followers,
        unusable=candidate.unusable.value if candidate.unusable else None,
        hint=mended(candidate.hint, 500),
        missing_scopes=sorted(candidate.missing_scopes),
        pair=candidate.pair,
        sealed_access_token=host.vault.seal(token, candidate_place(row_id)) if token else None,
    )


async def _link_or_ask(
    host: Host,
    transaction: Transaction,
    consent: Consent,
    offered: list[ConnectCandidate],
    account: SocialAccount | None,
) -> None:
    usable = [c for c in offered if is_usable(c)]
    expected = expected_candidate(host, consent.attempt, offered, account)
    if expected is None and not any(c.platform == consent.attempt.platform for c in usable):
        raise nothing_usable(offered, consent.attempt.platform)
    chosen = await clear_choice(consent.attempt, usable, expected, account)
    if chosen is None:
        if expected is not None:
            expected.expected = True
            await expected.save(update_fields=["expected"])
        await _wait_for_choice(host, transaction, consent.attempt)
        return
    await link_candidates(host, transaction, consent, chosen)
    await finish(host, transaction, consent.attempt, None)


async def _wait_for_choice(host: Host, transaction: Transaction, attempt: ConnectAttempt) -> None:
    attempt.choosing_at = host.now()
    attempt.expires_at = deadline(host)
    attempt.sealed_code_verifier = None
    await attempt.save()
    await announce(transaction, attempt.id)


async def choose(host: Host, viewer: Viewer, attempt_id: UUID, candidate_ids: Sequence[UUID]) -> list[int]:
    """
    Link the chosen candidates, all or none; the accounts' ids.

    A refusal leaves the attempt as it is, so the person can choose again.
    """
    require_change(viewer)
    return await host.database.again(lambda: _choose(host, viewer, attempt_id, candidate_ids))


async def _choose(host: Host, viewer: Viewer, attempt_id: UUID, candidate_ids: Sequence[UUID]) -> list[int]:
    async with host.database.transaction() as transaction:
        attempt = await _own_attempt(host, transaction, viewer, attempt_id)
        await _require_choosing(host, transaction, attempt)
        chosen = await _chosen(attempt, candidate_ids)
        grant = await OAuthGrant.get(id=attempt.grant_id)
        accounts = await link_candidates(host, transaction, Consent(attempt, grant), chosen)
        await finish(host, transaction, attempt, None)
    return [account.id for account in accounts]


async def cancel(host: Host, viewer: Viewer, attempt_id: UUID) -> None:
    """End an attempt that is still open; one that ended already stays as it is."""
    require_change(viewer)
    async with host.database.transaction() as transaction:
        attempt = await _own_attempt(host, transaction, viewer, attempt_id)
        if attempt.finished_at is None:
            await finish(host, transaction, attempt, refusals.AttemptCancelled())


async def _own_attempt(
    host: Host, transaction: Transaction, viewer: Viewer, attempt_id: UUID
) -> ConnectAttempt:
    attempt = await lock_attempt(transaction, attempt_id)
    if attempt is None or not viewer.sees(attempt.profile_id):
        raise refusals.ConnectAttemptNotFound(id=global_id("ConnectAttempt", attempt_id))
    return attempt


async def _require_choosing(host: Host, transaction: Transaction, attempt: ConnectAttempt) -> None:
    state = await state_of(host, transaction, attempt.id)
    if state is not AttemptState.CHOOSING:
        raise refusals.AttemptNotChoosing(state=state.value)


async def _chosen(attempt: ConnectAttempt, candidate_ids: Sequence[UUID]) -> list[ConnectCandidate]:
    rows = {c.id: c for c in await ConnectCandidate.filter(attempt_id=attempt.id).order_by("position")}
    if not candidate_ids:
        raise refusals.InvalidInput(field="candidateIds", problem="is empty.")
    if any(row.expected and row.id not in candidate_ids for row in rows.values()):
        problem = "leaves out the account that is being connected (the candidate with `expected: true`)."
        raise refusals.InvalidInput(field="candidateIds", problem=problem)
    for candidate_id in candidate_ids:
        row = rows.get(candidate_id)
        if row is None or not is_usable(row):
            raise refusals.CandidateNotUsable(
                candidate_id=global_id("ConnectCandidate", candidate_id),
                hint=row.hint if row else "This candidate is not one of the attempt's.",
            )
    return [row for row in rows.values() if row.id in set(candidate_ids)]
