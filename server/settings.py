"""
Every setting, in one place: nothing else reads the environment.

Names are `LINKROLL_` plus the field's name; a login's app is set with
`LINKROLL_LOGINS__<LOGIN>__CLIENT_ID`, `…__CLIENT_SECRET` and, where its plugin knows some,
`…__OPTIONS__<NAME>`. Command-line flags win over the environment.
"""

from __future__ import annotations

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
ROLES = ("admin", "manager", "observer", "creator")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def default_data_dir() -> Path:
    """`/var/lib/linkroll` for root, the user's own data folder for anybody else."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/linkroll")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "linkroll"


class LoginSettings(BaseModel):
    """The operator's app at one login."""

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    options: dict[str, str] = Field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether a consent could be started with it."""
        return bool(self.client_id and self.client_secret.get_secret_value())


class JwtSettings(BaseModel):
    """Whose tokens are taken besides API keys, and what they say about a caller."""

    issuer: str
    """The provider, exactly as its tokens' `iss` names it."""
    audience: str
    """Who the tokens must be meant for: their `aud`."""
    jwks_url: str
    """Where the provider's public keys stand. https, except on loopback."""
    algorithms: str = "RS256,ES256"
    """What tokens may be signed with, separated by commas."""
    clock_skew_seconds: int = Field(default=60, ge=0, le=300)
    """How far the provider's clock may be off."""
    role_claim: str = "roles"
    """The claim that holds a caller's role or roles. Dots lead into objects."""
    roles: str
    """Which role a claim's value gives, as `value:role,…`; the first that fits counts."""
    profile_claim: str = "profile"
    """The claim that names a creator's profile, by its id or its external id."""
    name_claim: str = "name"
    """The claim that holds a caller's name, for the audit log and `viewer`."""

    @field_validator("jwks_url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("must be https")
        return url

    @field_validator("algorithms")
    @classmethod
    def _are_asymmetric(cls, text: str) -> str:
        others = [name for name in _parts(text) if name not in ASYMMETRIC]
        if others or not _parts(text):
            raise ValueError(f"takes {', '.join(ASYMMETRIC)}; not {', '.join(others) or 'nothing'}")
        return text

    @field_validator("roles")
    @classmethod
    def _are_roles(cls, text: str) -> str:
        for part in _parts(text):
            value, _, role = part.rpartition(":")
            if not value or role not in ROLES:
                raise ValueError(f"{part!r} is not of the form value:role, with a role of {', '.join(ROLES)}")
        return text

    @property
    def algorithm_list(self) -> list[str]:
        """`algorithms`, one by one."""
        return _parts(self.algorithms)

    @property
    def role_list(self) -> list[tuple[str, str]]:
        """`roles` as pairs of a claim's value and a role, in their order."""
        pairs = (part.rpartition(":") for part in _parts(self.roles))
        return [(value, role) for value, _, role in pairs]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


class LimitSettings(BaseModel):
    """How large an operation may be (`docs/reference/limits.md`)."""

    depth: int = Field(default=20, ge=1)
    """How deep fields may be nested. Introspection as tools send it goes 15 deep."""
    cost: int = Field(default=50_000, ge=100)
    """How many values an answer may hold at most, lists multiplied."""
    aliases: int = Field(default=100, ge=0)
    """How many aliases, those in fragments as often as they are spread."""
    root_fields: int = Field(default=30, ge=1)
    """How many fields an operation may begin with."""
    directives: int = Field(default=100, ge=0)
    """How many directives, those in fragments as often as they are spread."""


class LogSettings(BaseSettings):
    """What must be known before anything is logged."""

    model_config = SettingsConfigDict(
        env_prefix="LINKROLL_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    log_format: Literal["logfmt", "json"] = "logfmt"
    """How a line of the log is written."""


class Settings(LogSettings):
    """What the operator can set. Every default is safe; a malformed value stops the start by name."""

    env: Literal["development", "production"] = "development"
    """`production` refuses the sandbox and demands https in `public_url`."""
    data_dir: Path = Field(default_factory=default_data_dir)
    """Where the embedded PostgreSQL and the vault's key file live."""
    database_url: str | None = None
    """A PostgreSQL server, as `postgresql://…`. None: the embedded one in `data_dir`."""
    listen_url: str | None = None
    """A direct URL for LISTEN where `database_url` goes through a pooler."""
    database_pool: int = Field(default=10, ge=2, le=200)
    """Connections a server process may hold."""
    database_seconds: float = Field(default=10.0, gt=0)
    """How long a connection to the database, a place in the pool, or a COMMIT's answer may be waited for."""
    statement_seconds: float = Field(default=60.0, gt=0)
    """How long one statement may go unanswered, in the background too. Operations end earlier."""
    worker: Literal["embedded", "external"] = "embedded"
    """Who does the background work: `serve` itself, or `linkroll worker` processes of your own."""
    host: str = "127.0.0.1"
    """The address `serve` binds."""
    port: int = Field(default=8040, ge=0, le=65535)
    """The port `serve` binds; 0 picks a free one."""
    public_url: str | None = None
    """How browsers reach this server. None: `http://host:port`."""
    sandbox_url: str | None = None
    """Where the sandbox platforms listen. Set by `serve --sandbox`; refused in production."""
    vault_keys: SecretStr | None = None
    """Master keys as `name:base64,…`, newest first, 32 bytes each. None: `data_dir/vault.key`."""
    logins: dict[str, LoginSettings] = Field(default_factory=dict)
    """The operator's apps, by login key."""
    jwt: JwtSettings | None = None
    """Callers of an outside identity provider. None: API keys only."""
    session_hours: int = Field(default=12, ge=1, le=7 * 24)
    """How long a browser's session lasts, whatever is done with it."""
    session_idle_minutes: int = Field(default=60, ge=2, le=24 * 60)
    """How long it lasts without a request."""
    consent_days: int = Field(default=90, ge=1, le=3650)
    """How long a person's consent counts before they are asked again."""
    warning_days: int = Field(default=14, ge=0, le=365)
    """How long before `expiresAt` an account is `EXPIRING`."""
    attempt_minutes: int = Field(default=10, ge=1, le=10)
    """How long a consent may take, and how long a choice may wait after it."""
    attempts_per_caller: int = Field(default=50, ge=1)
    """How many open attempts one API key may hold."""
    merge_undo_days: int = Field(default=30, ge=0)
    """How long a merge can be undone."""
    event_retention_days: int = Field(default=30, ge=1)
    """How far back a subscription can resume. Older cursors get an explicit gap."""
    audit_retention_days: int = Field(default=400, ge=30)
    """How long the audit log is kept."""
    poll_concurrency: int = Field(default=8, ge=1, le=200)
    """How many accounts of one login a process reads at once."""
    posts_every_minutes: int = Field(default=60, ge=5, le=24 * 60)
    """How often an account is asked for new posts."""
    stories_every_minutes: int = Field(default=30, ge=5, le=12 * 60)
    """How often an account's stories are read while some live; half as often while none do."""
    metric_retention_days: int | None = Field(default=None, ge=31)
    """How long numbers are kept, in whole months. None: for ever, unless a platform forbids it."""
    return_urls: Annotated[tuple[str, ...], NoDecode] = ()
    """Where a browser may return to after consent: origins (`https://app.example`) or whole custom
    schemes (`myapp:`), separated by commas."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of browser frontends that may call the API, separated by commas."""

    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """A port of its own for Prometheus and for probes, of `serve` and of `worker`. None: there is none."""
    metrics_host: str = "127.0.0.1"
    """The address that port is bound to. Whoever reaches it reads the numbers."""
    traces_url: str | None = None
    """A collector's address for traces, OTLP over HTTP (`http://collector:4318/v1/traces`). None: no traces."""
    traces_ratio: float = Field(default=1.0, ge=0, le=1)
    """Which part of the requests and rounds is traced."""

    limits: LimitSettings = Field(default_factory=LimitSettings)
    """How large an operation may be."""
    operation_seconds: float = Field(default=30.0, gt=0)
    """How long an operation may run before it is cancelled, with its SQL."""
    rate_per_second: int = Field(default=20_000, ge=0)
    """The cost that a caller may ask for in a second, on average; half a minute's worth at once. 0: no limit."""
    anonymous_rate_per_second: int = Field(default=4_000, ge=0)
    """The same for an address without a valid key. 0: no limit."""
    sockets_per_caller: int = Field(default=500, ge=1)
    """How many WebSockets a caller may hold at a server process."""
    silent_sockets_per_address: int = Field(default=50, ge=1)
    """How many WebSockets an address may hold that have not said who they are yet."""
    operations_per_socket: int = Field(default=100, ge=1)
    """How many operations a WebSocket may have under way."""
    head_seconds: float = Field(default=10.0, gt=0)
    """How long a request's head may take to arrive."""
    body_seconds: float = Field(default=15.0, gt=0)
    """How long the body of an operation may take to arrive."""
    init_seconds: float = Field(default=10.0, gt=0)
    """How long a WebSocket may take to say who its caller is."""
    stalled_seconds: float = Field(default=10.0, gt=0)
    """How long a client may leave its answers unread before it is cut."""
    recheck_seconds: float = Field(default=15.0, gt=0)
    """How often open sockets and silent streams are asked whether their caller still may: credentials run out
    without a word. A silent stream then says that it lives."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Proxies whose `X-Forwarded-For` is believed: addresses or networks, separated by commas."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names under which this server may be asked, besides `public_url`'s and plain IP addresses."""
    introspection: Literal["anyone", "callers", "nobody"] | None = None
    """Who may ask for the schema. None: anyone in development, callers with a key in production."""
    ide: bool | None = None
    """Whether a browser that opens `/graphql` gets a page to try queries. None: in development only."""
    trusted_documents: Path | None = None
    """A manifest of operations. When set, nothing else runs."""

    @field_validator("return_urls", "allowed_origins", "trusted_proxies", "allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """As browsers write them. No `*`: any page could act with the cookie of whoever looks at it."""
        bare = tuple(origin.rstrip("/").lower() for origin in origins)
        for origin in bare:
            parts = urlsplit(origin)
            if "*" in origin or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"{origin!r} is not an origin such as https://app.example")
        return bare

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ip_network(proxy)
        return proxies

    @property
    def origin(self) -> str:
        """The public address without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def is_https(self) -> bool:
        """Whether browsers reach this server by https."""
        return self.origin.startswith("https://")

    @property
    def may_introspect(self) -> Literal["anyone", "callers", "nobody"]:
        """Who may ask for the schema."""
        return self.introspection or ("callers" if self.env == "production" else "anyone")

    @property
    def shows_ide(self) -> bool:
        """Whether there is a page to try queries."""
        return self.env != "production" if self.ide is None else self.ide

    @property
    def warning(self) -> timedelta:
        """`warning_days` as a duration."""
        return timedelta(days=self.warning_days)

    def problems(self) -> list[str]:
        """Contradictions that stop the start, as sentences."""
        if self.env != "production":
            return []
        found = []
        if self.sandbox_url:
            found.append("LINKROLL_SANDBOX_URL: the sandbox never runs in production.")
        if not self.origin.startswith("https://"):
            found.append("LINKROLL_PUBLIC_URL must be https in production.")
        if self.jwt is not None and not self.jwt.jwks_url.startswith("https://"):
            found.append("LINKROLL_JWT__JWKS_URL must be https in production.")
        return found
