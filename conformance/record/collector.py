"""Receives OTLP over HTTP and writes each request, as OTLP/JSON, to a numbered file of the given folder.

Prints its address, then serves until it is stopped. Protobuf is converted to
JSON with ids in hex; JSON is written unchanged. It also answers the requests
that an MLflow client sends to its server before exporting.
"""

import gzip
import json
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from http_body import read_body
from otlp_json import MESSAGES, to_json

MLFLOW_VERSION = b"3.17.2"
FOLDER = Path(sys.argv[1])
_lock = threading.Lock()
_received = 0


def keep(signal: str, content: dict) -> None:
    global _received
    with _lock:
        _received += 1
        (FOLDER / f"{_received:04}.{signal}.json").write_text(json.dumps(content))


def accepted(body: bytes) -> bytes:
    """The response that tells an MLflow client that its spans have arrived."""
    trace = json.loads(body)["trace"]
    trace["trace_info"].setdefault("tags", {})["mlflow.trace.spansLocation"] = "TRACKING_STORE"
    return json.dumps({"trace": trace}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = read_body(self)
        encoding = self.headers.get("content-encoding", "identity")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "deflate":
            body = zlib.decompress(body)
        signal = self.path.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
        if self.path.endswith("/mlflow/traces"):
            return self.answer(accepted(body), "application/json")
        as_json = "json" in self.headers.get("content-type", "")
        if signal in MESSAGES:
            keep(signal, json.loads(body) if as_json else to_json(signal, body))
        self.answer(b"{}" if as_json else b"", self.headers.get("content-type", "application/x-protobuf"))

    def do_GET(self):
        version = self.path == "/version"
        self.answer(MLFLOW_VERSION if version else b"{}", "text/plain" if version else "application/json")

    def answer(self, body: bytes, kind: str):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
