"""Asking platforms: logins, what they let us ask, and leaving them alone when they are in trouble."""
