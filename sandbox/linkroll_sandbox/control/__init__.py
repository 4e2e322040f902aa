"""The control pages: everything that a test or a person at the demo may turn."""
