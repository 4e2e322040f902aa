"""The read path: a selection becomes one statement a level, a row becomes a schema object."""
