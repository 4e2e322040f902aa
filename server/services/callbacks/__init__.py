"""What platforms tell by themselves, and what it means."""
