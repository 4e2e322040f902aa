"""Tortoise migrations, applied by `server.database.migrate` under an advisory lock."""
