"""A model with OpenAI's interface whose answers are those of a function: the model of judges under test.

Standard library only, so that a test or a benchmark can run it in a thread.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "judge-1"


class JudgeModel:
    """`answer(request)` returns the text of an answer, or a whole message; None hangs until the model is closed."""

    def __init__(self, answer: Callable[[dict], str | dict | None]):
        self.answer = answer
        # The number of requests, also of those that hang.
        self.asked = 0
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self.server = _Listener(("127.0.0.1", 0), _Handler)
        self.server.model = self

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def endpoint(self, **settings) -> dict:
        """The settings of an endpoint of Kansoku that asks this model."""
        return {"provider": "openai-compatible", "model": MODEL, "base_url": self.base_url} | settings

    def __enter__(self) -> "JudgeModel":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        self.server.shutdown()
        self.server.server_close()


def verdict(result: object, rationale: str = "It is.") -> str:
    """The text of an answer as a judge is asked for it."""
    return json.dumps({"result": result, "rationale": rationale})


class _Listener(ThreadingHTTPServer):
    # More than the judges of a server that connect at once.
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        model = self.server.model
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with model.lock:
            model.asked += 1
        answer = model.answer(request)
        if answer is None:
            model.closed.wait()
            self.close_connection = True
            return
        message = {"role": "assistant", "content": answer} if isinstance(answer, str) else answer
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
        body = json.dumps({
            "id": "chatcmpl-0", "object": "chat.completion", "created": 1_700_000_000, "model": MODEL, "choices": [choice],
            "usage": {"prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520},
        }).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
