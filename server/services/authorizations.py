"""
Connect: from `connectSocialAccount` through the browser to linked accounts.

    begin           makes the attempt and our own address to open            (mutation)
    open_attempt    binds it to the browser, goes on to the platform         (routes/connect)
    take            the callback: used once, before any network call         (routes/oauth_callback)
    complete        code, tokens, scopes, candidates; links or asks          (routes/oauth_callback)
    choose, cancel  the person's or frontend's word                          (mutations)

Every end of an attempt is an outcome kept in its row, never an exception to the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from linkroll_sdk import (
    AuthorizeRequest,
    Candidate,
    CodeExchange,
    Grant,
    LinkrollSdkError,
    Login,
    ProfileRef,
    code_challenge,
)
from linkroll_sdk import errors as sdk_errors

from server.database import Transaction
from server.host import Host
from server.ids import global_id
from server.models import ConnectAttempt, ConnectCandidate, OAuthGrant, SocialAccount
from server.services import refusals
from server.services.attempts import (
    AttemptState,
    announce,
    candidate_place,
    digest,
    finish,
    lock_attempt,
    new_secret,
    state_of,
    verifier_place,
)
from server.services.grants import store_grant
from server.services.linking import Consent, link_candidates, ref_of
from server.services.logins import call, choose_login, client_config, http_for
from server.services.lookup import get_account, get_profile
from server.services.refusals import Refusal
from server.services.viewers import Viewer, require_change

# Begin


@dataclass(frozen=True, slots=True)
class Begun:
    """A new attempt, and our own address that the person's browser must open."""

    attempt_id: UUID
    authorize_url: str = field(repr=False)


async def begin(
    host: Host,
    viewer: Viewer,
    *,
    account_id: int | None = None,
    profile_id: int | None = None,
    platform: str | None = None,
    login_key: str | None = None,
    return_url: str | None = None,
) -> Begun:
    """Start connecting an account, or any account of *platform* to a profile."""
    require_change(viewer)
    _check_return_url(host, return_url)
    start = new_secret()
    async with host.database.transaction() as transaction:
        await _check_open_attempts(host, transaction, viewer)
        account = await get_account(transaction, viewer, account_id) if account_id else None
        profile = await get_profile(
            transaction, viewer, account.profile_id if account else profile_id or 0, lock="SHARE"
        )
        platform_key = account.platform if account else platform or ""
        login = choose_login(host, platform_key, login_key, await _earlier_login(account))
        attempt = await ConnectAttempt.create(
            login=login.key,
            platform=platform_key,
            profile_id=profile.id,
            account_id=account.id if account else None,
            api_key_id=viewer.key_id,
            return_url=return_url,
            start_hash=digest(start),
            created_at=host.now(),
            expires_at=_deadline(host),
        )
    return Begun(attempt.id, f"{host.settings.origin}/connect/{start}")


def _deadline(host: Host) -> datetime:
    return host.now() + timedelta(minutes=host.settings.attempt_minutes)


async def _earlier_login(account: SocialAccount | None) -> str | None:
    if account is None or account.grant_id is None:
        return None
    grant = await OAuthGrant.get_or_none(id=account.grant_id)
    return grant.login if grant else None


async def _check_open_attempts(host: Host, transaction: Transaction, viewer: Viewer) -> None:
    rows = await transaction.fetch(
        "SELECT count(*) AS open FROM connect_attempt"
        " WHERE api_key_id = $1 AND finished_at IS NULL AND expires_at > $2",
        viewer.key_id,
        host.now(),
    )
    if rows[0]["open"] >= host.settings.attempts_per_caller:
        raise refusals.TooManyAttempts(limit=host.settings.attempts_per_caller)


def _check_return_url(host: Host, url: str | None) -> None:
    if url is not None and not return_url_allowed(url, host.settings.return_urls):
        raise refusals.ReturnUrlNotAllowed()


def return_url_allowed(url: str, allowed: Sequence[str]) -> bool:
    """
    Whether *url* is at an allowed origin, or of an allowed custom scheme (`myapp:`).

    Browsers read `\\` as `/` and drop control characters, so neither may stand in it: `https:\\evil`
    and a tab inside `//` would lead elsewhere than we read.
    """
    if len(url) > 2000 or "\\" in url or any(c <= " " or c == "\x7f" for c in url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises ValueError on a port that is no number)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        origin = f"{parts.scheme}://{parts.netloc}"
        return bool(parts.netloc) and origin in {entry.rstrip("/") for entry in allowed}
    custom = parts.scheme not in ("", "javascript", "data", "file", "blob", "vbscript", "about")
    return custom and f"{parts.scheme}:" in allowed


# Open


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the browser goes next, and the secret its cookie must keep."""

    authorize_url: str = field(repr=False)
    browser_secret: str = field(repr=False)


async def open_attempt(host: Host, start: str, browser_secret: str | None) -> Opened | None:
    """
    Bind an attempt to the browser that opened its address; None when it cannot be opened (any more).

    The same browser may open it again and gets a new `state`; another browser may not.
    """
    secret, state, verifier = browser_secret or new_secret(), new_secret(), new_secret()
    async with host.database.transaction() as transaction:
        rows = await transaction.fetch(
            "SELECT id FROM connect_attempt"
            " WHERE start_hash = $1 AND taken_at IS NULL AND finished_at IS NULL AND expires_at > $2"
            " AND (browser_hash IS NULL OR browser_hash = $3) FOR UPDATE",
            digest(start),
            host.now(),
            digest(secret),
        )
        if not rows:
            return None
        attempt = await ConnectAttempt.get(id=rows[0]["id"])
        attempt.opened_at, attempt.browser_hash, attempt.state_hash = host.now(), digest(secret), digest(state)
        attempt.sealed_code_verifier = host.vault.seal(verifier, verifier_place(attempt.id))
        # In one go: changing a row twice in a transaction locks what it refers to, the account among it.
        await attempt.save(update_fields=["opened_at", "browser_hash", "state_hash", "sealed_code_verifier"])
        reconnect = await _was_authenticated(attempt)
        await announce(transaction, attempt.id)
    login = host.platforms.logins[attempt.login]
    request = AuthorizeRequest(
        client=client_config(host, login),
        redirect_uri=redirect_uri(host, login.key),
        state=state,
        scopes=login.scope_names(),
        code_challenge=code_challenge(verifier, login.pkce),
        reconnect=reconnect,
    )
    return Opened(host.outgoing.address(login.authorize_url(request)), secret)


async def _was_authenticated(attempt: ConnectAttempt) -> bool:
    account = await SocialAccount.get_or_none(id=attempt.account_id) if attempt.account_id else None
    return account is not None and account.authenticated_at is not None


def redirect_uri(host: Host, login_key: str) -> str:
    """Where a login sends the browser back: fixed by the configuration, one for each login."""
    return f"{host.settings.origin}/oauth/{login_key}/callback"


# The callback


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt whose callback came: it can come only once."""

    attempt_id: UUID
    return_url: str | None


async def take(host: Host, login_key: str, state: str, browser_secret: str | None) -> Taken | None:
    """
    Take the attempt that *state* belongs to; None for an unknown, used, expired or another browser's.

    The row is taken before any network call: a second callback with the same state must find nothing,
    even while the first still waits for the platform.
    """
    if not state or browser_secret is None:
        return None
    async with host.database.transaction() as transaction:
        row = await transaction.fetchrow(
            "UPDATE connect_attempt SET taken_at = $4 WHERE state_hash = $1 AND login = $2"
            " AND browser_hash = $3 AND taken_at IS NULL AND finished_at IS NULL AND expires_at > $4"
            " RETURNING id, return_url",
            digest(state),
            login_key,
            digest(browser_secret),
            host.now(),
        )
        if row is None:
            return None
        await announce(transaction, row["id"])
    return Taken(row["id"], row["return_url"])


async def complete(host: Host, attempt_id: UUID, params: Mapping[str, str]) -> None:
    """Carry a taken attempt to its end, or to the choice. Never raises for what a platform does."""
    async with host.database.transaction():
        attempt = await ConnectAttempt.get(id=attempt_id)
    login = host.platforms.logins[attempt.login]
    try:
        grant, candidates = await _ask_platform(host, login, attempt, params)
    except LinkrollSdkError as error:
        await _fail(host, attempt_id, _refusal_for(error))
        return
    await _settle(host, login, attempt_id, grant, candidates)


async def _ask_platform(
    host: Host, login: Login, attempt: ConnectAttempt, params: Mapping[str, str]
) -> tuple[Grant, Sequence[Candidate]]:
    code = login.read_callback(params)
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
    grant = await call(login, "exchange", login.exchange(http, client, exchange))
    candidates = await call(login, "discover", login.discover(http, client, grant))
    return grant, [c for c in candidates if c.platform in host.platforms]


def _refusal_for(error: LinkrollSdkError) -> Refusal:
    """What a plugin's error means as an attempt's outcome."""
    code = getattr(error, "platform_code", "") or type(error).__name__
    match error:
        case sdk_errors.ConsentDenied():
            return refusals.ConsentDenied()
        case sdk_errors.ConsentFailed(code=platform_code):
            return refusals.ConsentFailed(platform_code=platform_code[:100])
        case sdk_errors.AuthorizationCodeRejected() | sdk_errors.ReauthorizationRequired():
            return refusals.CodeRejected(platform_code=code)
        case sdk_errors.ConfigurationRejected():
            return refusals.LoginMisconfigured(platform_code=code)
        case sdk_errors.ScopeNotGranted(missing=missing):
            return refusals.ScopesMissing(missing=sorted(missing))
        case _:
            return refusals.PlatformUnavailable(platform_code=code)


async def _fail(host: Host, attempt_id: UUID, refusal: Refusal) -> None:
    async with host.database.transaction() as transaction:
        attempt = await lock_attempt(transaction, attempt_id)
        if attempt is not None and attempt.finished_at is None:
            await finish(host, transaction, attempt, refusal)


async def _settle(
    host: Host, login: Login, attempt_id: UUID, grant: Grant, candidates: Sequence[Candidate]
) -> None:
    """Keep what the consent brought, then link what is clear and leave the rest to be chosen."""
    async with host.database.transaction() as transaction:
        attempt = await lock_attempt(transaction, attempt_id)
        if attempt is None or attempt.finished_at is not None:
            # Cancelled or removed while the platform answered: the tokens are never stored.
            return
        row = await store_grant(host, login.key, grant)
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
        display_name=candidate.display_name[:300],
        avatar_url=candidate.avatar_url,
        followers=candidate.followers,
        unusable=candidate.unusable.value if candidate.unusable else None,
        hint=candidate.hint[:500],
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
    expected = _expected(host, consent.attempt, offered, account)
    if expected is None and not any(c.platform == consent.attempt.platform for c in usable):
        raise _nothing_usable(offered, consent.attempt.platform)
    chosen = await _clear_choice(consent.attempt, usable, expected, account)
    if chosen is None:
        await _wait_for_choice(host, transaction, consent.attempt)
        return
    await link_candidates(host, transaction, consent, chosen)
    await finish(host, transaction, consent.attempt, None)


def is_usable(candidate: ConnectCandidate) -> bool:
    """Whether a candidate can be linked."""
    return candidate.unusable is None and candidate.platform_id is not None


def _expected(
    host: Host,
    attempt: ConnectAttempt,
    offered: Sequence[ConnectCandidate],
    account: SocialAccount | None,
) -> ConnectCandidate | None:
    """
    The candidate that is the account to be connected; None when any account will do.

    Raises `WrongAccount` when the consent reaches others instead, and says what is amiss when it reaches
    the right one but cannot use it.
    """
    if account is None:
        return None
    same = [c for c in offered if c.platform == account.platform and _is_same(host, account, c)]
    if not same:
        got = [c for c in offered if c.platform == account.platform and is_usable(c)]
        if not got:
            raise _nothing_usable(offered, account.platform)
        raise refusals.WrongAccount(
            expected=account.handle or account.display_name or account.platform_id or "",
            got=[c.handle or c.display_name for c in got],
        )
    if not is_usable(same[0]):
        raise _nothing_usable(same, account.platform)
    return same[0]


def _is_same(host: Host, account: SocialAccount, candidate: ConnectCandidate) -> bool:
    """By stable id when the account has one; by handle only while it was never authenticated."""
    if account.platform_id is not None:
        return account.platform_id == candidate.platform_id
    return candidate.handle is not None and account.handle_key == ref_of_key(host, candidate)


def ref_of_key(host: Host, candidate: ConnectCandidate) -> str | None:
    """The candidate's handle as its platform compares handles."""
    if candidate.platform_id is None:
        read = host.platforms.by_key[candidate.platform].urls.parse_handle(candidate.handle or "")
        return read.handle_key if isinstance(read, ProfileRef) else None
    return ref_of(candidate, host).handle_key


def _nothing_usable(offered: Sequence[ConnectCandidate], platform: str) -> Refusal:
    ours = [c for c in offered if c.platform == platform] or list(offered)
    first = next(iter(ours), None)
    if first is None:
        return refusals.NoUsableAccount(reason="NONE", hint="This consent reaches no account.")
    if first.unusable == "SCOPE_DECLINED":
        return refusals.ScopesMissing(missing=first.missing_scopes)
    return refusals.NoUsableAccount(reason=first.unusable or "NONE", hint=first.hint)


async def _clear_choice(
    attempt: ConnectAttempt,
    usable: list[ConnectCandidate],
    expected: ConnectCandidate | None,
    account: SocialAccount | None,
) -> list[ConnectCandidate] | None:
    """
    What to link without asking; None when the person must choose.

    One usable candidate that is the expected one links by itself. A reconnect never asks: it renews the
    expected account and whatever else of this consent the profile holds already (the Page's Instagram).
    """
    if len(usable) == 1 and (expected is not None or usable[0].platform == attempt.platform):
        return usable
    if account is None or expected is None or account.authenticated_at is None:
        return None
    held = await SocialAccount.filter(
        profile_id=attempt.profile_id,
        platform_id__in=[c.platform_id for c in usable],
        authenticated_at__isnull=False,
        invalid_reason__isnull=True,
    )
    known = {(a.platform, a.platform_id) for a in held} | {(expected.platform, expected.platform_id)}
    return [c for c in usable if (c.platform, c.platform_id) in known]


async def _wait_for_choice(host: Host, transaction: Transaction, attempt: ConnectAttempt) -> None:
    attempt.choosing_at = host.now()
    attempt.expires_at = _deadline(host)
    attempt.sealed_code_verifier = None
    await attempt.save()
    await announce(transaction, attempt.id)


# Choose and cancel


async def choose(host: Host, viewer: Viewer, attempt_id: UUID, candidate_ids: Sequence[UUID]) -> list[int]:
    """
    Link the chosen candidates, all or none; the accounts' ids.

    A refusal leaves the attempt as it is, so the person can choose again.
    """
    require_change(viewer)
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
    for candidate_id in candidate_ids:
        row = rows.get(candidate_id)
        if row is None or not is_usable(row):
            raise refusals.CandidateNotUsable(
                candidate_id=global_id("ConnectCandidate", candidate_id),
                hint=row.hint if row else "This candidate is not one of the attempt's.",
            )
    return [row for row in rows.values() if row.id in set(candidate_ids)]
