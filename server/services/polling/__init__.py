"""Reading numbers: what is due, asking for it, checking and recording it."""
