"""What a running linkroll tells of itself: numbers for Prometheus, and traces for OpenTelemetry."""
