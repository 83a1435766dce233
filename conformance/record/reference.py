"""Records how MLflow's own server interprets fixtures. Runs in the reference client's environment.

`reference.py URL FOLDER NAME…` posts each FOLDER/NAME.json to URL/v1/traces in
protobuf, reads its traces back, and writes FOLDER/NAME.mlflow.json: per trace
the metadata, previews and state, per span the `mlflow.*` attributes.
"""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

from otlp_json import to_protobuf

DROPPED = {"mlflow.traceRequestId"}


def post(url: str, fixture: dict) -> str | None:
    """Sends spans; returns the server's error, or None if it accepted them."""
    headers = {"content-type": "application/x-protobuf", "x-mlflow-experiment-id": "0"}
    request = urllib.request.Request(f"{url}/v1/traces", to_protobuf("traces", fixture), headers)
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode(errors='replace')}"
    return None


def trace_ids(fixture: dict) -> list[str]:
    """The traces of a fixture, in the order in which they first appear."""
    spans = (span for resource in fixture["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"])
    return list(dict.fromkeys(f"tr-{span['traceId']}" for span in spans))


def value_of(any_value: dict):
    """A plain value of the attribute value that `traces/get` renders."""
    (kind, value), = any_value.items() or [("none", None)]
    if kind == "array_value":
        return [value_of(item) for item in value.get("values", [])]
    if kind == "kvlist_value":
        return {item["key"]: value_of(item.get("value", {})) for item in value.get("values", [])}
    return value


def derived(span: dict) -> dict:
    attributes = {item["key"]: value_of(item.get("value", {})) for item in span.get("attributes", [])}
    return {key: attributes[key] for key in sorted(attributes) if key.startswith("mlflow.") and key not in DROPPED}


def trace(url: str, trace_id: str) -> dict:
    address = f"{url}/api/3.0/mlflow/traces/get?trace_id={trace_id}&allow_partial=true"
    with urllib.request.urlopen(address, timeout=60) as answer:
        found = json.load(answer)["trace"]
    info = found["trace_info"]
    kept = {key: info[key] for key in ("trace_id", "state", "request_preview", "response_preview") if key in info}
    kept["trace_name"] = info.get("tags", {}).get("mlflow.traceName")
    kept["trace_metadata"] = info.get("trace_metadata", {})
    kept["spans"] = [{"name": span["name"], "span_id": span_id(span), "attributes": derived(span)}
                     for span in found["spans"]]
    return kept


def span_id(span: dict) -> str:
    import base64
    return base64.b64decode(span["span_id"]).hex()


def main(url: str, folder: Path, names: list[str]) -> None:
    for name in names:
        fixture = json.loads((folder / f"{name}.json").read_text())
        refusal = post(url, fixture)
        answer = {"refused": refusal} if refusal else {"traces": [trace(url, id) for id in trace_ids(fixture)]}
        text = json.dumps({"mlflow": "3.17.2"} | answer, indent=1, ensure_ascii=False)
        (folder / f"{name}.mlflow.json").write_text(text + "\n")
        print(f"{name}: " + (refusal or f"{len(answer['traces'])} traces"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
