"""
The installed plugins: found through entry points, checked, and looked up by key.

Promises: a plugin that fails to import, raises, or declares something unsafe stays out with its
problem noted, and hurts no other. Nothing here knows a platform by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

import pluggy
import structlog
from linkroll_sdk import PROJECT, Address, Allowance, Login, Platform, hooks
from linkroll_sdk.checks import problems_with

from server.plugin_edge import is_failure

log = structlog.get_logger("linkroll.plugins")


@dataclass(frozen=True)
class Plugin:
    """One installed plugin: where it came from, what it brings, and what keeps it (or a part) out."""

    name: str
    distribution: str
    version: str
    platforms: tuple[Platform, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def allowance(self) -> Allowance:
        """Everything this plugin may reach over the network."""
        logins = [login for platform in self.platforms for login in platform.logins]
        fetchers = [p.metrics for p in self.platforms if p.metrics is not None]
        hosts = frozenset().union(
            *(login.hosts for login in logins),
            *(p.urls.short_hosts for p in self.platforms),
            *(fetcher.hosts for fetcher in fetchers),
        )
        operations = [o for login in logins for o in login.operations]
        return Allowance(hosts, (*operations, *(o for fetcher in fetchers for o in fetcher.operations)))


@dataclass(frozen=True)
class Platforms:
    """The registry. Keys are unique; the order is the plugins' names'."""

    plugins: tuple[Plugin, ...]
    by_key: Mapping[str, Platform] = field(init=False)
    logins: Mapping[str, Login] = field(init=False)
    _plugin_of_login: Mapping[str, Plugin] = field(init=False)
    _plugin_of_platform: Mapping[str, Plugin] = field(init=False)

    def __post_init__(self) -> None:
        pairs = [(plugin, platform) for plugin in self.plugins for platform in plugin.platforms]
        logins = [(plugin, login) for plugin, platform in pairs for login in platform.logins]
        _freeze(self, "by_key", {p.key: p for _, p in pairs})
        _freeze(self, "logins", {login.key: login for _, login in logins})
        _freeze(self, "_plugin_of_platform", {p.key: plugin for plugin, p in pairs})
        _freeze(self, "_plugin_of_login", {login.key: plugin for plugin, login in logins})

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    def __iter__(self) -> Iterator[Platform]:
        return iter(self.by_key.values())

    def claiming(self, address: Address) -> Platform | None:
        """The platform whose address this is."""
        return next((p for p in self.by_key.values() if claims(p, address)), None)

    def logins_for(self, platform: str) -> list[Login]:
        """The logins that reach a platform's accounts, the platform's own first."""
        own = {login.key for login in self.by_key[platform].logins} if platform in self else set()
        reaching = [login for login in self.logins.values() if platform in login.serves]
        return sorted(reaching, key=lambda login: login.key not in own)

    def plugin_of_login(self, key: str) -> Plugin:
        """The plugin that brings a login."""
        return self._plugin_of_login[key]

    def plugin_of_platform(self, key: str) -> Plugin:
        """The plugin that brings a platform."""
        return self._plugin_of_platform[key]


def claims(platform: Platform, address: Address) -> bool:
    """Whether an address belongs to the platform. False where its grammar fails."""
    try:
        return bool(platform.urls.claims(address))
    # The edge of a plugin: one that cannot read an address must not keep the others from theirs.
    except BaseException as error:
        if not is_failure(error):
            raise
        log.error("plugin failed", platform=platform.key, operation="claims", error=type(error).__name__)
        return False


def _freeze(registry: Platforms, name: str, value: dict[str, object]) -> None:
    object.__setattr__(registry, name, MappingProxyType(value))


def load_platforms(found: Iterable[EntryPoint] | None = None) -> Platforms:
    """Load every installed plugin, each on its own: one that fails only notes its problem."""
    entries = sorted(entry_points(group=PROJECT) if found is None else found, key=lambda e: e.name)
    plugins: list[Plugin] = []
    for entry in entries:
        plugin = _load(entry)
        plugins.append(_without_doubles(plugin, plugins))
    return Platforms(tuple(plugins))


def _load(entry: EntryPoint) -> Plugin:
    distribution = entry.dist.name if entry.dist else entry.value
    version = entry.dist.version if entry.dist else "?"
    try:
        platforms = _ask(entry)
        problems = tuple(problem for platform in platforms for problem in problems_with(platform))
    # The edge of a plugin: whatever it raises is its own problem, not the server's. Ctrl-C is the operator's.
    except (Exception, SystemExit) as error:
        return Plugin(entry.name, distribution, version, (), (f"{type(error).__name__}: {error}",))
    return Plugin(entry.name, distribution, version, () if problems else platforms, problems)


def _ask(entry: EntryPoint) -> tuple[Platform, ...]:
    """Import one plugin and call its hook, under the hook's own rules."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(entry.load(), name=entry.name)
    # Without this a misspelt hook name would be accepted and never called.
    manager.check_pending()
    answers = manager.hook.linkroll_platforms()
    if not answers:
        raise LookupError("the plugin does not implement linkroll_platforms")
    return tuple(platform for answer in answers for platform in answer)


def _without_doubles(plugin: Plugin, earlier: list[Plugin]) -> Plugin:
    """Two plugins with one platform or login key: the later one is refused by name."""
    taken = {platform.key: other for other in earlier for platform in other.platforms}
    taken_logins = {
        login.key: other for other in earlier for platform in other.platforms for login in platform.logins
    }
    problems = [
        f"platform {platform.key!r} is already brought by {taken[platform.key].distribution}"
        for platform in plugin.platforms
        if platform.key in taken
    ] + [
        f"login {login.key!r} is already brought by {taken_logins[login.key].distribution}"
        for platform in plugin.platforms
        for login in platform.logins
        if login.key in taken_logins
    ]
    if not problems:
        return plugin
    return Plugin(plugin.name, plugin.distribution, plugin.version, (), (*plugin.problems, *problems))
