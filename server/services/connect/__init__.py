"""Consent: from `connectSocialAccount` over the platform and back to linked accounts."""
