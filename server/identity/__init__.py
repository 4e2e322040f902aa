"""Who is asking: keys, tokens of an identity provider, and browsers' sessions."""
