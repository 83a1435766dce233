"""A small OpenAI-compatible server whose answers are derived from the prompt.

Chat completions (plain, streamed, with tools) and embeddings, with token
usage: one token per word. It needs nothing but the standard library, so a
test can run it in a thread and an app can be pointed at it by `base_url`.
"""

import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "stub-chat-1"
TOOL_CALL_TOKENS = 7


class OpenAIStub:
    """`with OpenAIStub() as stub:` serves on a free port; `stub.base_url` is the base URL for clients."""

    def __init__(self, port: int = 0):
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def words(text: str) -> int:
    return len(text.split())


def text_of(content) -> str:
    """The text of a message, which is a string or a list of parts."""
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content or ""


def reply_to(request: dict) -> dict:
    """The assistant's message: JSON if the request has a schema, a tool call if the prompt requests one, else text."""
    messages = request["messages"]
    schema = request.get("response_format", {}).get("json_schema", {}).get("schema")
    if schema:
        return {"role": "assistant", "content": structured(schema, " ".join(text_of(m.get("content")) for m in messages))}
    if messages[-1]["role"] == "tool":
        return {"role": "assistant", "content": f"The tool says: {text_of(messages[-1]['content'])}"}
    prompt = text_of(next(m["content"] for m in reversed(messages) if m["role"] == "user"))
    for tool in request.get("tools", []):
        call = tool_call(tool["function"], prompt)
        if call:
            return {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"role": "assistant", "content": f"You said: {prompt}"}


def structured(schema: dict, prompt: str) -> str:
    """A JSON object: `[NAME: VALUE]` in the prompts is the value of a property. `[no JSON]` makes it a text."""
    if "[no JSON]" in prompt:
        return "I cannot say."
    found = {name: re.search(rf"\[{re.escape(name)}: ([^\]]+)\]", prompt) for name in schema["properties"]}
    return json.dumps({name: match.group(1) if match else f"no {name} in the prompt" for name, match in found.items()})


def tool_call(function: dict, prompt: str) -> dict | None:
    """`use NAME with VALUE` in a prompt calls NAME, with VALUE as its first parameter."""
    asked = re.search(rf"use {re.escape(function['name'])} with ([\w-]+)", prompt)
    if not asked:
        return None
    parameter = next(iter(function["parameters"]["properties"]))
    digest = hashlib.sha256(prompt.encode()).hexdigest()[:12]
    arguments = json.dumps({parameter: asked.group(1)})
    return {
        "id": f"call_{digest}",
        "type": "function",
        "function": {"name": function["name"], "arguments": arguments},
    }


def usage_of(request: dict, message: dict) -> dict:
    asked = sum(words(text_of(m.get("content"))) for m in request["messages"])
    said = words(message["content"]) if message["content"] else TOOL_CALL_TOKENS
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def finish_reason(message: dict) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


def completion(request: dict) -> dict:
    message = reply_to(request)
    choice = {"index": 0, "message": message, "finish_reason": finish_reason(message)}
    return _envelope("chat.completion", request, choices=[choice], usage=usage_of(request, message))


def chunks(request: dict):
    """The same answer as `completion`, streamed word by word."""
    message = reply_to(request)
    if message.get("tool_calls"):
        calls = [{"index": i, **call} for i, call in enumerate(message["tool_calls"])]
        deltas = [{"role": "assistant", "tool_calls": calls}]
    else:
        parts = re.findall(r"\S+\s*", message["content"])
        deltas = [{"role": "assistant", "content": ""}, *({"content": part} for part in parts)]
    for delta in deltas:
        yield _envelope("chat.completion.chunk", request, choices=[{"index": 0, "delta": delta}])
    last = {"index": 0, "delta": {}, "finish_reason": finish_reason(message)}
    yield _envelope("chat.completion.chunk", request, choices=[last])
    if (request.get("stream_options") or {}).get("include_usage"):
        usage = usage_of(request, message)
        yield _envelope("chat.completion.chunk", request, choices=[], usage=usage)


def embeddings(request: dict) -> dict:
    inputs = request["input"]
    inputs = inputs if isinstance(inputs, list) else [inputs]
    if inputs and isinstance(inputs[0], int):
        inputs = [inputs]
    data = [
        {"object": "embedding", "index": i, "embedding": vector(item)}
        for i, item in enumerate(inputs)
    ]
    tokens = sum(words(item) if isinstance(item, str) else len(item) for item in inputs)
    return {
        "object": "list",
        "model": request["model"],
        "data": data,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def vector(item) -> list[float]:
    digest = hashlib.sha256(json.dumps(item).encode()).digest()
    return [round(byte / 255, 4) for byte in digest[:8]]


def _envelope(kind: str, request: dict, **fields) -> dict:
    digest = hashlib.sha256(json.dumps(request["messages"], sort_keys=True).encode()).hexdigest()
    return {
        "id": f"chatcmpl-{digest[:16]}",
        "object": kind,
        "created": 1_700_000_000,
        "model": request.get("model", MODEL),
        **fields,
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/embeddings"):
            self._json(200, embeddings(request))
        elif not self.path.endswith("/chat/completions"):
            self._json(404, {"error": {"message": f"no such route: {self.path}"}})
        elif "please fail" in json.dumps(request["messages"]):
            self._json(400, {"error": {"message": "failing as asked", "type": "stub"}})
        elif request.get("stream"):
            self._stream(chunks(request))
        else:
            self._json(200, completion(request))

    def _json(self, status: int, body: dict):
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _stream(self, parts):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for part in parts:
            self.wfile.write(f"data: {json.dumps(part)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    stub = OpenAIStub(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(stub.base_url, flush=True)
    stub._server.serve_forever()
