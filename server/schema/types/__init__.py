"""The types of the API, leaves of the schema."""
