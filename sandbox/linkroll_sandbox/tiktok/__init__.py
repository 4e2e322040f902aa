"""TikTok's Login Kit and Display API, by the TikTok fact sheet (sections are its own)."""
