"""
Every setting, in one place: nothing else reads the environment.

Names are `LINKROLL_` plus the field's name; a login's app is set with
`LINKROLL_LOGINS__<LOGIN>__CLIENT_ID`, `…__CLIENT_SECRET` and, where its plugin knows some,
`…__OPTIONS__<NAME>`. Command-line flags win over the environment.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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


class Settings(BaseSettings):
    """What the operator can set. Every default is safe; a malformed value stops the start by name."""

    model_config = SettingsConfigDict(
        env_prefix="LINKROLL_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

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

    @field_validator("return_urls", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def origin(self) -> str:
        """The public address without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

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
        return found
