"""Facebook and Instagram, by the Meta fact sheet (section numbers in the comments are its own)."""
