"""What the API says. Builds nothing on import: `server.schema.build` does."""
