"""GraphQL documents: parsed once, weighed, limited, executed."""
