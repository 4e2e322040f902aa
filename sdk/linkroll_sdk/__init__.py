"""
The contract between linkroll and its platform plugins.

A plugin implements `linkroll_platforms` and returns `Platform` objects; everything it needs to
write one stands here. The sdk knows no server, no database and no platform.
"""

from linkroll_sdk.errors import (
    AuthorizationCodeRejected,
    ConfigurationRejected,
    ConsentDenied,
    ConsentFailed,
    ForbiddenOperation,
    InvalidReason,
    LinkrollSdkError,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    ScopeNotGranted,
    UnexpectedAnswer,
)
from linkroll_sdk.grants import (
    AuthorizeRequest,
    Candidate,
    ClientConfig,
    CodeExchange,
    Grant,
    TokenSet,
    Unusable,
)
from linkroll_sdk.hooks import PROJECT, hookimpl, hookspec
from linkroll_sdk.http import Allowance, Http, Operation, Purpose, Request, Response
from linkroll_sdk.login import Login, NotRefreshable, NotRevocable, Revocation
from linkroll_sdk.oauth import OAuth2, expires_at, text
from linkroll_sdk.pkce import Pkce, code_challenge
from linkroll_sdk.platform import Platform, PlatformKey
from linkroll_sdk.scopes import Scope, missing_scopes
from linkroll_sdk.urls import (
    AccountUrls,
    Address,
    NeedsResolving,
    NotAnAccount,
    NotAnAccountKind,
    PostRef,
    ProfileRef,
    UrlResult,
    Wrapped,
    clean_text,
    read_address,
)

__all__ = [
    "PROJECT",
    "AccountUrls",
    "Address",
    "Allowance",
    "AuthorizationCodeRejected",
    "AuthorizeRequest",
    "Candidate",
    "ClientConfig",
    "CodeExchange",
    "ConfigurationRejected",
    "ConsentDenied",
    "ConsentFailed",
    "ForbiddenOperation",
    "Grant",
    "Http",
    "InvalidReason",
    "LinkrollSdkError",
    "Login",
    "NeedsResolving",
    "NotAnAccount",
    "NotAnAccountKind",
    "NotRefreshable",
    "NotRevocable",
    "OAuth2",
    "Operation",
    "Pkce",
    "Platform",
    "PlatformError",
    "PlatformKey",
    "PlatformUnavailable",
    "PostRef",
    "ProfileRef",
    "Purpose",
    "RateLimited",
    "ReauthorizationRequired",
    "Request",
    "Response",
    "Revocation",
    "Scope",
    "ScopeNotGranted",
    "TokenSet",
    "UnexpectedAnswer",
    "Unusable",
    "UrlResult",
    "Wrapped",
    "clean_text",
    "code_challenge",
    "expires_at",
    "hookimpl",
    "hookspec",
    "missing_scopes",
    "read_address",
    "text",
]
