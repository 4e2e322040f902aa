"""What linkroll does: the rules, one module a noun."""
