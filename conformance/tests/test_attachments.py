"""Attachments: bytes in span values are stored separately from the trace."""

import base64

import mlflow
import pytest

from kit.client import needs
from kit.traces import stored

pytestmark = needs(client="3.17", why="attachments")

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def download(trace_id: str, uri: str) -> bytes:
    """Downloads an attachment by the client's own route."""
    from mlflow.tracing.attachments import Attachment
    from mlflow.tracing.client import TracingClient

    parsed = Attachment.parse_ref(uri)
    info = stored(trace_id).info
    return TracingClient()._get_artifact_repo_for_trace(info).download_trace_attachment(parsed["attachment_id"])


def test_an_attachment_object_becomes_a_reference_and_its_bytes_come_back():
    from mlflow.tracing.attachments import Attachment

    with mlflow.start_span(name="vision") as span:
        span.set_inputs({"picture": Attachment(content_type="image/png", content_bytes=PNG)})
    uri = stored(span.trace_id).data.spans[0].inputs["picture"]
    assert uri.startswith("mlflow-attachment://")
    assert "image%2Fpng" in uri
    assert download(span.trace_id, uri) == PNG


def test_a_data_uri_is_taken_out_of_the_span():
    data_uri = "data:image/png;base64," + base64.b64encode(PNG).decode()
    with mlflow.start_span(name="vision") as span:
        span.set_inputs({"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": data_uri}}]}]})
    inputs = stored(span.trace_id).data.spans[0].inputs
    uri = inputs["messages"][0]["content"][0]["image_url"]["url"]
    assert uri.startswith("mlflow-attachment://")
    assert download(span.trace_id, uri) == PNG


@pytest.mark.slow
def test_a_large_attachment_comes_back_whole():
    from mlflow.tracing.attachments import Attachment

    blob = bytes(range(256)) * 4096 * 12
    with mlflow.start_span(name="audio") as span:
        span.set_inputs({"clip": Attachment(content_type="audio/wav", content_bytes=blob)})
    uri = stored(span.trace_id).data.spans[0].inputs["clip"]
    assert download(span.trace_id, uri) == blob
