"""Requests to routes that no client has."""

import json
import urllib.request


def call(url: str, body: dict | None = None, method: str | None = None) -> dict:
    """The JSON of a response. Without a method, it is POST with a body and GET without."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"{}")
