"""What the tests stand on: a real database, a real server, a real sandbox, and a browser that walks it."""
