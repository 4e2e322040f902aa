"""linkroll's host: GraphQL, HTTP and database. Knows no platform by name."""
