"""Tables, as Tortoise models: for writes, rules and migrations. Reads move rows (`server.reads`)."""

from server.models.api_keys import ApiKey
from server.models.connect_attempts import ConnectAttempt, ConnectCandidate
from server.models.grants import OAuthGrant
from server.models.profiles import GroupMember, Profile, ProfileMerge
from server.models.social_accounts import SocialAccount
from server.models.status_events import StatusEvent
from server.models.vault_keys import VaultKey

__all__ = [
    "ApiKey",
    "ConnectAttempt",
    "ConnectCandidate",
    "GroupMember",
    "OAuthGrant",
    "Profile",
    "ProfileMerge",
    "SocialAccount",
    "StatusEvent",
    "VaultKey",
]
