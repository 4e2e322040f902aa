"""Google's consent and tokens, and YouTube's APIs, by the YouTube fact sheet (sections its own)."""
