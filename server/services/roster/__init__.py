"""Profiles and their accounts: add, find, merge, remove."""
