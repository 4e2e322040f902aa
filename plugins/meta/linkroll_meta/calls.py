"""What every call to the Graph API needs, whoever makes it: a version, and a proof where an app requires it."""

from __future__ import annotations

import hashlib
import hmac
import re

from linkroll_sdk import ClientConfig, ConfigurationRejected

DEFAULT_VERSION = "v25.0"
"""Lives until 2028-07-29 (meta sheet 0, confirmed). Metric removals hit every version at once anyway."""

_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")


def version_of(client: ClientConfig) -> str:
    """The Graph API version: the operator's option `version`, else the default."""
    version = client.options.get("version") or DEFAULT_VERSION
    if not _VERSION.fullmatch(version):
        raise ConfigurationRejected("The option `version` must look like v25.0.")
    return version


def appsecret_proof(client: ClientConfig, access_token: str) -> str:
    """
    Proof that the caller of *access_token* knows the app secret.

    Lower-case hex HMAC-SHA256 of the token of that same call, keyed by the secret, so a stolen token
    is worth nothing to others (meta sheet 1, confirmed). Only the apps of Facebook Login can require it.
    """
    return hmac.new(client.client_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()
