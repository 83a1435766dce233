"""What the wire tests share: a caller, an OTLP builder, a replay engine."""
