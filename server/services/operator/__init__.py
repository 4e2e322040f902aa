"""What the operator should know and does now and then."""
