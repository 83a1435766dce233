"""Signed URLs work without a token, for one trace, one direction and a limited time."""

import base64
import random
import re
import time

import httpx
import pytest
from kit.server import is_reference
from wire import five_traces, spans

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server signs no URLs")

DATABRICKS = {"user-agent": "databricks-sdk-py/0.156.0"}


@pytest.fixture
def trace(caller, experiment) -> str:
    otel_id = spans.new_trace()
    return five_traces.start(caller, experiment, otel_id, 1, "OK", execution_duration="1s")


def signed(caller, trace: str, direction: str, **params) -> str:
    path = f"/api/2.0/mlflow/traces/{trace}/credentials-for-data-{direction}"
    told = caller.ok("GET", path, headers=DATABRICKS, params=params)
    return told["credential_info"]["signed_uri"]


def traces_json(trace: str) -> dict:
    span = {
        "trace_id": spans.b64(bytes.fromhex(trace.removeprefix("tr-"))),
        "span_id": spans.b64(spans.span_id(1)),
        "parent_span_id": None,
        "name": "root",
        "start_time_unix_nano": 1_700_000_001_000_000_000,
        "end_time_unix_nano": 1_700_000_002_000_000_000,
        "events": [],
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "attributes": {"mlflow.traceRequestId": f'"{trace}"'},
        "links": [],
    }
    return {"spans": [span]}


def forged(url: str) -> list[str]:
    """Variants of the URL, each with one character of its signed part changed."""
    start = url.rindex("/") + 1
    places = [*random.Random(1).sample(range(start, len(url)), 12), len(url) - 1]
    return [url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1 :] for at in places]


def test_a_signed_upload_and_download_need_no_login(caller, trace):
    url = signed(caller, trace, "upload")
    assert url.startswith(caller.url), "the address is the one the client used"
    assert httpx.put(url, json=traces_json(trace)).is_success
    told = httpx.get(signed(caller, trace, "download")).json()
    assert [span["name"] for span in told["spans"]] == ["root"]


def test_a_forged_url_is_refused(caller, trace):
    for url in forged(signed(caller, trace, "upload")):
        answer = httpx.put(url, json=traces_json(trace))
        assert answer.status_code in (401, 403), (url, answer.text)
        assert answer.json()["error_code"]
    for url in forged(signed(caller, trace, "download")):
        assert httpx.get(url).status_code in (401, 403), url


def test_an_upload_goes_to_the_trace_of_its_url_whatever_the_ids_of_its_spans(caller, experiment, trace):
    other = five_traces.start(caller, experiment, spans.new_trace(), 2, "OK")
    httpx.put(signed(caller, trace, "upload"), json=traces_json(other))
    stored = caller.ask("GET", f"/api/3.0/mlflow/traces/get?trace_id={other}")
    assert stored.status_code == 404, stored.text


def test_a_url_is_valid_for_its_direction_only(caller, trace):
    upload, download = signed(caller, trace, "upload"), signed(caller, trace, "download")
    assert httpx.put(download, json=traces_json(trace)).status_code in (401, 403, 405)
    assert httpx.get(upload).status_code in (401, 403, 405)
    assert httpx.put(upload, json=traces_json(trace)).is_success


def test_a_url_expires_and_its_expiry_cannot_be_changed(caller, trace):
    url = signed(caller, trace, "upload")
    base, ticket = url.rsplit("/", 1)
    raw = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
    [end_ms] = re.findall(rb"\b1\d{12}\b", raw)
    assert 0 < int(end_ms) - time.time() * 1000 < 24 * 3600 * 1000
    later = raw.replace(end_ms, str(int(end_ms) + 10**9).encode())
    moved = f"{base}/{base64.urlsafe_b64encode(later).decode().rstrip('=')}"
    assert httpx.put(moved, json=traces_json(trace)).status_code in (401, 403)


def test_an_attachment_has_a_url_of_its_own(caller, trace):
    path = "attachments/0d2e4fed-f105-4e84-ac87-564c911b85a4"
    assert httpx.put(signed(caller, trace, "upload", path=path), content=b"\x89PNG").is_success
    assert httpx.get(signed(caller, trace, "download", path=path)).content == b"\x89PNG"


@pytest.mark.parametrize("path", ["../../secret", "attachments/../../x", "/etc/passwd", "attachments/not-a-uuid"])
def test_nothing_else_is_signed(caller, trace, path):
    url = f"/api/2.0/mlflow/traces/{trace}/credentials-for-data-upload"
    answer = caller.ask("GET", url, headers=DATABRICKS, params={"path": path})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error_code"]
