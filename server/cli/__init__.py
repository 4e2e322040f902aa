"""The `linkroll` command."""
