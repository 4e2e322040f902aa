"""The installed platforms, with the proof that they only read."""

from __future__ import annotations

from linkroll_sdk import Login as SdkLogin
from linkroll_sdk import Platform as SdkPlatform
from linkroll_sdk import PlatformKey, Scope

from server.host import Host
from server.resolvers.context import Info, viewer_of
from server.schema.types.platforms import AllowedOperation, Login, Permission, Platform, Plugin
from server.services.connect.linking import consent_time
from server.services.platforms.logins import unavailable_reason


async def platforms(info: Info) -> list[Platform]:
    """Every installed platform, by key."""
    viewer_of(info)
    host = info.context.host
    return [_platform(host, p) for _, p in sorted(host.platforms.by_key.items())]


def _platform(host: Host, platform: SdkPlatform) -> Platform:
    logins = host.platforms.logins_for(platform.key)
    plugin = host.platforms.plugin_of_platform(platform.key)
    return Platform(
        key=PlatformKey(platform.key),
        name=platform.name,
        plugin=Plugin(name=plugin.name, distribution=plugin.distribution, version=plugin.version),
        logins=[_login(host, login) for login in logins],
        permissions=[
            _permission(host, s)
            for login in logins
            for s in login.scopes
            if platform.key in s.serves or not s.serves
        ],
        allowed_operations=[o for login in logins for o in _operations(login)],
    )


def _login(host: Host, login: SdkLogin) -> Login:
    reason = unavailable_reason(host, login)
    return Login(
        key=login.key,
        name=login.name,
        available=reason is None,
        unavailable_reason=reason,
        serves=_installed(host, login.serves),
        permissions=[_permission(host, scope) for scope in login.scopes],
        allowed_operations=_operations(login),
        pkce=login.pkce,
        revocation=login.revocation,
        consent_days=consent_time(host, login.key).days,
    )


def _permission(host: Host, scope: Scope) -> Permission:
    return Permission(
        scope=scope.name,
        purpose=scope.purpose,
        read_only=scope.read_only,
        consent_wording=scope.consent_wording,
        needed_for=_installed(host, scope.serves),
    )


def _operations(login: SdkLogin) -> list[AllowedOperation]:
    return [
        AllowedOperation(method=o.method, host=o.host, path=o.path, purpose=o.purpose)
        for o in login.operations
    ]


def _installed(host: Host, keys: frozenset[str]) -> list[PlatformKey]:
    """Those of *keys* whose platforms are installed here."""
    return [PlatformKey(key) for key in sorted(keys) if key in host.platforms]
