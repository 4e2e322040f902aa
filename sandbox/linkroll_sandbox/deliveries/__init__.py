"""What the platforms send by themselves: deauthorizations, deletions, webhooks, security events."""
