"""
What an error of the Graph API means (meta sheet 5, confirmed unless a row says otherwise).

The order decides: outage, throttle, a post that is gone, code with subcode, code with words, a refused
metric, code, words alone, unknown. So a passing fault never ends a grant, what is wrong with one post
never ends its account, and the message text, which is no contract, only speaks where the numbers are
silent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from linkroll_meta.envelope import GraphError
from linkroll_meta.verdicts import (
    Untold,
    UntoldForGood,
    Verdict,
    code_rejected,
    ends,
    lacks,
    misconfigured,
    passing,
    unexpected,
)
from linkroll_sdk import (
    InvalidReason,
    LimitScope,
    MetricsRefused,
    PlatformError,
    PostGone,
    RateLimited,
    ReauthorizationRequired,
)

Words = tuple[tuple[str, Verdict], ...]
"""What is looked for in a message in lower case, in this order."""

SESSION_CODES = (190, 102)
THROTTLE_CODES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
# The app's own limits: everybody waits. The others are a person's, a Page's or an account's.
APP_THROTTLE_CODES = frozenset({4, 341})
PERMISSION_CODES = frozenset({10, *range(200, 300)})

SESSION_ENDS = {
    458: InvalidReason.ACCESS_REVOKED,  # the person removed the app
    459: InvalidReason.ACTION_REQUIRED,  # checkpoint
    460: InvalidReason.PASSWORD_CHANGED,
    461: InvalidReason.ACCESS_REVOKED,  # recalled
    463: InvalidReason.EXPIRED,
    464: InvalidReason.ACTION_REQUIRED,  # unconfirmed person
    # Logged out everywhere. linkroll has no word of its own for it; the access was taken back.
    467: InvalidReason.ACCESS_REVOKED,
    483: InvalidReason.ACCESS_REVOKED,  # recalled
    490: InvalidReason.ACTION_REQUIRED,  # blocking checkpoint
    492: InvalidReason.ROLE_LOST,
}

BY_SUBCODE: dict[tuple[int | None, int], Verdict] = {
    (100, 36007): code_rejected,  # expired; recalled
    (100, 36008): code_rejected,  # other redirect URI; recalled
    (100, 36009): code_rejected,  # used
    # Gone, hidden, or no permission: Meta does not say which, so it is no reason to end a link.
    (100, 33): unexpected("the object is gone or not visible"),
    (100, 2108006): unexpected("the media is older than the professional account", UntoldForGood),
    (100, 2874010): unexpected("too few people for demographics", Untold),
    # Our own mistake: it says nothing of what the token is worth (recalled).
    (190, 2069032): unexpected("the call wants a token of another kind"),
}

# graph.instagram.com mostly leaves the subcode out (meta sheet 5, confirmed), so these have most to say there.
SESSION_WORDS: Words = (
    # Not the token: what the call asked with, and the operator's app ("... has been deleted"). Recalled.
    ("page access token", unexpected("the call wants a token of another kind")),
    ("validating application", misconfigured("Meta does not know the app.")),
    ("must be an administrator of the page", ends(InvalidReason.ROLE_LOST)),
    ("deleted", ends(InvalidReason.ACCOUNT_GONE)),  # the account or the Page; words recalled
    ("password", ends(InvalidReason.PASSWORD_CHANGED)),  # recalled
    ("not authorized application", ends(InvalidReason.ACCESS_REVOKED)),  # recalled
    ("checkpoint", ends(InvalidReason.ACTION_REQUIRED)),
    ("confirmed", ends(InvalidReason.ACTION_REQUIRED)),  # recalled
    ("expired", ends(InvalidReason.EXPIRED)),
)

# It comes with a code or without one (inference), and stands above the code either way.
PERSONAL_WORDS = ("not an instagram business", ends(InvalidReason.ACTION_REQUIRED))
SECRET_WORDS = ("client secret", misconfigured("Meta refuses the app secret."))

CODE_AND_WORDS: dict[int, Words] = {
    1: (SECRET_WORDS,),
    10: (("not enough viewers", unexpected("too few viewers, no data", Untold)), PERSONAL_WORDS),
    100: (PERSONAL_WORDS,),
    102: SESSION_WORDS,
    190: SESSION_WORDS,
    # "API access deactivated", "API access blocked": the whole app's, after a missed check-up, say (recalled).
    200: (("api access", misconfigured("Meta has switched the app's access off.")),),
}

BY_CODE: dict[int, Verdict] = {
    1: passing,
    2: passing,
    3: lacks(),  # typical for a Page whose portfolio has not assigned it: a permission, not the token
    # Also one unknown field, which kills the whole call (meta sheet 3, confirmed for Instagram).
    100: unexpected("a parameter, field or metric is invalid"),
    101: misconfigured("Meta does not know the app id."),
    102: ends(InvalidReason.ACCESS_REVOKED),
    104: misconfigured("Meta refuses the signature made with the app secret."),
    110: ends(InvalidReason.ACCOUNT_GONE),
    190: ends(InvalidReason.ACCESS_REVOKED),  # malformed or unreadable: a token, but no longer one
    283: lacks(),
    # For policy or abuse. The person can do nothing and a retry makes it worse.
    368: misconfigured("Meta has blocked the app or the person."),
    461: ends(InvalidReason.ACCESS_REVOKED),  # recalled
    483: ends(InvalidReason.ACCESS_REVOKED),  # recalled
    803: ends(InvalidReason.ACCOUNT_GONE),
    2500: unexpected("Meta did not understand the request"),
    2635: misconfigured("The Graph API version is too old: raise the option `version`."),
    2642: unexpected("the paging cursor is invalid"),
    3001: unexpected("no metric was named"),
    9009: ends(InvalidReason.ACTION_REQUIRED),  # the Instagram account became personal
}


@dataclass(frozen=True, slots=True)
class Meanings:
    """
    What errors mean to one platform: Meta's rows above, and the platform's own, which are asked first.

    *post_operations* ask about one post, *insight_operations* for metrics, of a post or of an account.
    """

    post_operations: frozenset[str]
    insight_operations: frozenset[str]
    code_and_words: Mapping[int, Words] = field(default_factory=dict)
    by_code: Mapping[int, Verdict] = field(default_factory=dict)
    words: Words = ()

    def judge(self, error: GraphError) -> PlatformError:
        """The verdict on an error, by the first step that has one."""
        steps = (
            _outage,
            _throttle,
            self._post_is_gone,
            _by_subcode,
            self._by_code_and_words,
            self._metric_is_refused,
            self._by_code,
            self._by_words,
        )
        for step in steps:
            if verdict := step(error):
                return verdict
        return unexpected("an error we do not know")(error)

    def _post_is_gone(self, error: GraphError) -> PlatformError | None:
        """What is missing is what the call named: the post. Asked of an account, the codes mean more."""
        missing = error.code in (110, 803) or (error.code, error.subcode) == (100, 33)
        return PostGone(**error.evidence) if missing and error.operation in self.post_operations else None

    def _by_code_and_words(self, error: GraphError) -> PlatformError | None:
        code = error.code or 0
        return _first_said((*self.code_and_words.get(code, ()), *CODE_AND_WORDS.get(code, ())), error)

    def _metric_is_refused(self, error: GraphError) -> PlatformError | None:
        """
        One metric that is not known kills the whole call; a renamed and a mistyped one look alike.

        The words rarely name it (meta sheet 4.2), and a list of the valid names, which some messages hold,
        names the innocent: so only the one wording that points at the culprit is read.
        """
        if error.code != 100 or error.operation not in self.insight_operations:
            return None
        return MetricsRefused(_NAMED_METRIC.findall(error.words), **error.evidence)

    def _by_code(self, error: GraphError) -> PlatformError | None:
        code = error.code or 0
        if verdict := self.by_code.get(code) or BY_CODE.get(code):
            return verdict(error)
        if code in PERMISSION_CODES:
            return ReauthorizationRequired(InvalidReason.PERMISSION_LOST, **error.evidence)
        return None

    def _by_words(self, error: GraphError) -> PlatformError | None:
        return _first_said((PERSONAL_WORDS, *self.words, SECRET_WORDS), error)


_NAMED_METRIC = re.compile(r"support the (\w+) metric")


def _outage(error: GraphError) -> PlatformError | None:
    return passing(error) if error.status >= 500 or error.is_transient else None


def _throttle(error: GraphError) -> PlatformError | None:
    if error.status == 429 or error.code in THROTTLE_CODES:
        scope = LimitScope.APP if error.code in APP_THROTTLE_CODES else LimitScope.ACCOUNT
        return RateLimited(error.retry_after, scope=scope, **error.evidence)
    return None


def _by_subcode(error: GraphError) -> PlatformError | None:
    if error.code in SESSION_CODES and error.subcode in SESSION_ENDS:
        return ends(SESSION_ENDS[error.subcode])(error)
    verdict = BY_SUBCODE.get((error.code, error.subcode))
    return verdict(error) if verdict else None


def _first_said(table: Words, error: GraphError) -> PlatformError | None:
    return next((verdict(error) for words, verdict in table if words in error.words), None)
