"""Serves MLflow's web UI from the installed package, and forwards everything else to a server."""

import http.client
import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import mlflow.server

BUILD = Path(mlflow.server.__file__).parent / "js" / "build"
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        path = self.path.partition("?")[0]
        if path == "/":
            return self.send_file(BUILD / "index.html")
        if path.startswith("/static-files/"):
            return self.send_file(BUILD / path.removeprefix("/static-files/"))
        return self.forward()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def send_file(self, file: Path):
        inside = BUILD in file.resolve().parents and file.is_file()
        content = file.read_bytes() if inside else b""
        self.send_response(200 if inside else 404)
        self.send_header("Content-Type", mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        self.finish_with(content)

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server = http.client.HTTPConnection("127.0.0.1", self.server.to_port, timeout=60)
        # The host stays as the browser knows it, so that the server finds the page to be of the same origin.
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_THE_CONNECTION}
        server.request(self.command, self.path, body or None, headers)
        answer = server.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        self.finish_with(content)
        server.close()

    def finish_with(self, content: bytes):
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Proxy:
    """Runs while the block that it is entered for runs."""

    def __init__(self, to_port: int):
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.to_port = to_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
