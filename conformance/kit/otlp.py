"""Sends traces as OTLP in JSON, without a client."""

import json
import time
import urllib.request

from kit.server import Server


def send_traces(server: Server, experiment: str, outputs: dict[str, str], age_seconds: int = 0) -> None:
    """Sends traces of one span in one request. `outputs` has the text of each by its trace id, in hexadecimal."""
    now = time.time_ns() - age_seconds * 10**9
    spans = [{
        "traceId": trace, "spanId": "00000000000000aa", "name": "agent",
        "startTimeUnixNano": str(now - 10**9), "endTimeUnixNano": str(now),
        "attributes": [{"key": "mlflow.spanOutputs", "value": {"stringValue": json.dumps(text)}}],
    } for trace, text in outputs.items()]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    headers = {"Content-Type": "application/json", "x-mlflow-experiment-id": experiment}
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/v1/traces", body, headers), timeout=60) as answer:
        assert answer.status == 200
