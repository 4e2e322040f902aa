"""Campaigns: what takes part, and what it comes to."""
