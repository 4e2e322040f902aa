"""The version of the API, and the proof that goes with a token."""

import hashlib
import hmac

import pytest
from linkroll_meta.calls import DEFAULT_VERSION, appsecret_proof, version_of
from linkroll_sdk import ClientConfig, ConfigurationRejected


def test_the_version_is_the_operators_choice() -> None:
    assert version_of(ClientConfig("1", "s", {"version": "v26.0"})) == "v26.0"


@pytest.mark.parametrize("options", [{}, {"version": ""}], ids=["not set", "empty"])
def test_without_a_choice_it_is_the_default(options: dict[str, str]) -> None:
    assert version_of(ClientConfig("1", "s", options)) == DEFAULT_VERSION


@pytest.mark.parametrize("version", ["25", "25.0", "v25", "v25.0/../me", "v25.0\n", "latest"])
def test_a_version_that_is_none_is_told_to_the_operator(version: str) -> None:
    """It becomes a part of the address."""
    with pytest.raises(ConfigurationRejected, match="version"):
        version_of(ClientConfig("1", "s", {"version": version}))


def test_the_proof_is_of_this_token_and_by_this_secret() -> None:
    proof = appsecret_proof(ClientConfig("1", "app-secret"), "EAAG1")

    assert proof == hmac.new(b"app-secret", b"EAAG1", hashlib.sha256).hexdigest()
    assert proof != appsecret_proof(ClientConfig("1", "app-secret"), "EAAG2")
    assert proof != appsecret_proof(ClientConfig("1", "another"), "EAAG1")
