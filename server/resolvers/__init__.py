"""How a question is answered: input to service or read, then payload. No rules here."""
