"""Shared by the wire tests: an HTTP caller, an OTLP builder and a replay engine."""
