"""One trace across two processes, connected by an HTTP header."""

import json
import subprocess
import sys
import textwrap
import urllib.request

import mlflow
import pytest

from kit.client import needs
from kit.process import PRELUDE
from kit.traces import flush, found_ids, parents, spans_by_name, stored

pytestmark = needs(client="3.17", form="plain",
                   why="trace context in HTTP headers; the databricks form sends whole files, not spans")

DOWNSTREAM = """
import http.server
import mlflow
from mlflow.tracing import set_tracing_context_from_http_request_headers

mlflow.set_experiment(experiment_id=given["experiment_id"])

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        with set_tracing_context_from_http_request_headers(dict(self.headers)):
            with mlflow.start_span(name="downstream", span_type="TOOL") as span:
                span.set_inputs({"path": self.path})
                with mlflow.start_span(name="downstream-step"):
                    pass
                if self.path == "/fail":
                    span.set_status("ERROR")
        mlflow.flush_trace_async_logging()
        body = span.trace_id.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
answer(server.server_port)
server.serve_forever()
"""


@pytest.fixture
def downstream(process, experiment):
    """The address of a second service that sends traces to the same server."""
    running = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(DOWNSTREAM),
         json.dumps({"experiment_id": experiment.experiment_id})],
        env=process.env(MLFLOW_USE_BATCH_SPAN_PROCESSOR="false"), text=True, stdout=subprocess.PIPE,
    )
    for line in running.stdout:
        if line.startswith("ANSWER "):
            yield f"http://127.0.0.1:{json.loads(line.removeprefix('ANSWER '))}"
            break
    running.terminate()
    running.wait(10)


def call(url: str) -> str:
    from mlflow.tracing import get_tracing_context_headers_for_http_request

    request = urllib.request.Request(url, headers=get_tracing_context_headers_for_http_request())
    with urllib.request.urlopen(request, timeout=20) as reply:
        return reply.read().decode()


def test_spans_of_both_processes_are_one_tree(downstream):
    with mlflow.start_span(name="upstream", span_type="AGENT") as root:
        with mlflow.start_span(name="request"):
            remote_trace_id = call(f"{downstream}/tool")
    flush()
    assert remote_trace_id == root.trace_id
    trace = stored(root.trace_id)
    assert parents(trace) == {"upstream": None, "request": "upstream", "downstream": "request",
                              "downstream-step": "downstream"}
    assert spans_by_name(trace)["downstream"].inputs == {"path": "/tool"}
    assert trace.info.state == "OK"
    assert found_ids("span.name = 'downstream-step'") == {root.trace_id}


def test_several_calls_of_one_trace_stay_together(downstream):
    with mlflow.start_span(name="upstream") as root:
        for n in range(3):
            call(f"{downstream}/{n}")
    flush()
    names = [span.name for span in stored(root.trace_id).data.spans]
    assert sorted(names) == ["downstream"] * 3 + ["downstream-step"] * 3 + ["upstream"]
    assert found_ids() == {root.trace_id}


def test_a_failed_remote_span_does_not_change_the_state_of_the_trace(downstream):
    with mlflow.start_span(name="upstream") as root:
        call(f"{downstream}/fail")
    flush()
    trace = stored(root.trace_id)
    assert spans_by_name(trace)["downstream"].status.status_code == "ERROR"
    assert trace.info.state == "OK"
