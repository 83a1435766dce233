"""A model provider on loopback: OpenAI's chat, responses and embeddings, Anthropic's messages, Gemini's contents.

Answers are derived from the prompt by the rules of `apps/openai_stub.py`. It also
implements the APIs of other providers, returns dated model names like real
providers, and counts cached, cache-writing and reasoning tokens separately, so
that recordings contain all of them.
"""

import hashlib
import json
import re
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from apps import openai_stub as stub  # noqa: E402
from record.http_body import read_body  # noqa: E402

DATED = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
}
CACHED, CACHE_WRITTEN, REASONING = 1024, 256, 64
ANSWERED = ("/embeddings", "/chat/completions", "/responses", "/messages", ":generateContent", ":streamGenerateContent")


def dated(model: str) -> str:
    return DATED.get(model, model)


def reasons(model: str) -> bool:
    return model.startswith(("gpt-5", "o3", "gemini-2.5"))


def counts(request: dict, message: dict) -> dict:
    """Tokens of an answer: a cached system prompt, words, and reasoning of models that have it."""
    usage = stub.usage_of(request, message)
    thoughts = REASONING if reasons(request["model"]) else 0
    return {"fresh": usage["prompt_tokens"], "cached": CACHED, "said": usage["completion_tokens"], "thought": thoughts}


def chat_usage(request: dict, message: dict) -> dict:
    n = counts(request, message)
    asked, said = n["fresh"] + n["cached"], n["said"] + n["thought"]
    return {
        "prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said,
        "prompt_tokens_details": {"cached_tokens": n["cached"], "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": n["thought"], "audio_tokens": 0,
                                      "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
    }


def chat(request: dict) -> dict:
    answer = stub.completion(request) | {"model": dated(request["model"]), "service_tier": "default",
                                         "system_fingerprint": "fp_4f2e1a9c3b"}
    answer["usage"] = chat_usage(request, answer["choices"][0]["message"])
    return answer


def chat_chunks(request: dict):
    for chunk in stub.chunks(request):
        chunk |= {"model": dated(request["model"]), "service_tier": "default"}
        if "usage" in chunk:
            chunk["usage"] = chat_usage(request, stub.reply_to(request))
        yield None, chunk


# OpenAI's responses

def as_chat(request: dict) -> dict:
    """Converts a request to the responses API into the equivalent chat request."""
    messages = [{"role": "system", "content": request["instructions"]}] if request.get("instructions") else []
    given = request["input"]
    for item in [{"role": "user", "content": given}] if isinstance(given, str) else given:
        if item.get("type") == "function_call_output":
            messages.append({"role": "tool", "content": item["output"]})
        elif "role" in item:
            messages.append({"role": item["role"], "content": item["content"]})
    tools = [{"function": tool} for tool in request.get("tools") or [] if tool.get("type") == "function"]
    return {"model": request["model"], "messages": messages, "tools": tools}


def response(request: dict) -> dict:
    asked = as_chat(request)
    message = stub.reply_to(asked)
    n = counts(asked, message)
    digest = digest_of(asked)
    output = []
    if n["thought"]:
        output.append({"id": f"rs_{digest}", "type": "reasoning", "summary": []})
    for call in message.get("tool_calls") or []:
        output.append({"id": f"fc_{digest}", "type": "function_call", "status": "completed", "call_id": call["id"],
                       **call["function"]})
    if message["content"]:
        part = {"type": "output_text", "text": message["content"], "annotations": [], "logprobs": []}
        output.append({"id": f"msg_{digest}", "type": "message", "status": "completed", "role": "assistant",
                       "content": [part]})
    said = n["said"] + n["thought"]
    asked_tokens = n["fresh"] + n["cached"]
    return {
        "id": f"resp_{digest}", "object": "response", "created_at": 1_700_000_000, "status": "completed",
        "model": dated(request["model"]), "output": output, "parallel_tool_calls": True,
        "tool_choice": request.get("tool_choice", "auto"), "tools": request.get("tools") or [],
        "instructions": request.get("instructions"), "service_tier": "default", "error": None,
        "incomplete_details": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0,
        "usage": {"input_tokens": asked_tokens, "input_tokens_details": {"cached_tokens": n["cached"]},
                  "output_tokens": said, "output_tokens_details": {"reasoning_tokens": n["thought"]},
                  "total_tokens": asked_tokens + said},
    }


def response_events(request: dict):
    """The same answer as stream events: created, each output item with its text, completed."""
    whole = response(request)
    events = [{"type": "response.created", "response": whole | {"status": "in_progress", "output": [], "usage": None}}]
    for index, item in enumerate(whole["output"]):
        at = {"output_index": index, "item_id": item["id"]}
        events.append({"type": "response.output_item.added", "output_index": index,
                       "item": item | ({"content": []} if item["type"] == "message" else {})})
        if item["type"] == "message":
            at |= {"content_index": 0}
            text = item["content"][0]["text"]
            events.append({"type": "response.content_part.added", **at, "part": item["content"][0] | {"text": ""}})
            events += [{"type": "response.output_text.delta", **at, "delta": word, "logprobs": []}
                       for word in re.findall(r"\S+\s*", text)]
            events.append({"type": "response.output_text.done", **at, "text": text, "logprobs": []})
            events.append({"type": "response.content_part.done", **at, "part": item["content"][0]})
        elif item["type"] == "function_call":
            events.append({"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]})
            events.append({"type": "response.function_call_arguments.done", **at, "name": item["name"],
                           "arguments": item["arguments"]})
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": "response.completed", "response": whole})
    for number, event in enumerate(events):
        yield event["type"], event | {"sequence_number": number}


# Anthropic's messages

def from_messages(request: dict) -> dict:
    system = stub.text_of(request.get("system"))
    messages = [{"role": "system", "content": system}] if system else []
    for item in request["messages"]:
        results = [part for part in item["content"] if part["type"] == "tool_result"] \
            if isinstance(item["content"], list) else []
        if results:
            messages.append({"role": "tool", "content": stub.text_of(results[0]["content"])})
        else:
            messages.append(item)
    tools = [{"function": {"name": tool["name"], "parameters": tool["input_schema"]}}
             for tool in request.get("tools") or []]
    return {"model": request["model"], "messages": messages, "tools": tools}


def message(request: dict) -> dict:
    asked = from_messages(request)
    said = stub.reply_to(asked)
    n = counts(asked, said)
    content = [{"type": "tool_use", "id": call["id"].replace("call_", "toolu_"), "name": call["function"]["name"],
                "input": json.loads(call["function"]["arguments"])} for call in said.get("tool_calls") or []]
    if said["content"]:
        content.append({"type": "text", "text": said["content"]})
    written = 0 if "tool" in (m["role"] for m in asked["messages"]) else CACHE_WRITTEN
    return {
        "id": f"msg_{digest_of(asked)}", "type": "message", "role": "assistant", "model": dated(request["model"]),
        "content": content, "stop_reason": "tool_use" if said.get("tool_calls") else "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": n["fresh"], "output_tokens": n["said"], "cache_read_input_tokens": n["cached"],
                  "cache_creation_input_tokens": written, "service_tier": "standard",
                  "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}},
    }


def message_events(request: dict):
    whole = message(request)
    yield "message_start", {"type": "message_start", "message": whole | {
        "content": [], "stop_reason": None, "usage": whole["usage"] | {"output_tokens": 1}}}
    for index, block in enumerate(whole["content"]):
        text = block["type"] == "text"
        start = block | ({"text": ""} if text else {"input": {}})
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": start}
        deltas = [{"type": "text_delta", "text": word} for word in re.findall(r"\S+\s*", block["text"])] if text \
            else [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        for delta in deltas:
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    yield "message_delta", {"type": "message_delta", "usage": {"output_tokens": whole["usage"]["output_tokens"]},
                            "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None}}
    yield "message_stop", {"type": "message_stop"}


# Gemini's contents

def from_contents(request: dict, model: str) -> dict:
    system = request.get("systemInstruction") or request.get("system_instruction")
    messages = [{"role": "system", "content": stub.text_of(system["parts"])}] if system else []
    for item in request["contents"]:
        results = [part["functionResponse"] for part in item["parts"] if "functionResponse" in part]
        if results:
            messages.append({"role": "tool", "content": json.dumps(results[0]["response"])})
        else:
            messages.append({"role": item.get("role", "user"), "content": stub.text_of(item["parts"])})
    declared = [function for tool in request.get("tools") or [] for function in tool.get("functionDeclarations", [])]
    tools = [{"function": {"name": f["name"], "parameters": schema_of(f)}} for f in declared]
    return {"model": model, "messages": messages, "tools": tools}


def schema_of(function: dict) -> dict:
    """The parameter schema of a declared function, under any of the names that Google's clients use for it."""
    names = ("parameters", "parametersJsonSchema", "parameters_json_schema")
    return next(function[name] for name in names if name in function)


def contents(request: dict, model: str) -> dict:
    asked = from_contents(request, model)
    said = stub.reply_to(asked)
    n = counts(asked, said)
    parts = [{"functionCall": {"name": call["function"]["name"], "args": json.loads(call["function"]["arguments"])}}
             for call in said.get("tool_calls") or []]
    if said["content"]:
        parts.append({"text": said["content"]})
    asked_tokens = n["fresh"] + n["cached"]
    return {
        "candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": parts}}],
        "modelVersion": model, "responseId": digest_of(asked),
        "usageMetadata": {"promptTokenCount": asked_tokens, "cachedContentTokenCount": n["cached"],
                          "candidatesTokenCount": n["said"], "thoughtsTokenCount": n["thought"],
                          "totalTokenCount": asked_tokens + n["said"] + n["thought"]},
    }


def digest_of(asked: dict) -> str:
    return hashlib.sha256(json.dumps(asked["messages"], sort_keys=True).encode()).hexdigest()[:16]


def tally(path: str, request: dict) -> list[int]:
    """Tokens of a request: input, output, cache reads, cache writes and reasoning."""
    gemini = re.search(r"/models/([^:]+):", path)
    if path.endswith("/embeddings"):
        return [stub.embeddings(request)["usage"]["prompt_tokens"], 0, 0, 0, 0]
    asked = from_contents(request, gemini[1]) if gemini else as_chat(request) if path.endswith("/responses") \
        else from_messages(request) if path.endswith("/messages") else request
    n = counts(asked, stub.reply_to(asked))
    written = message(request)["usage"]["cache_creation_input_tokens"] if path.endswith("/messages") else 0
    return [n["fresh"] + n["cached"] + written, n["said"] + n["thought"], n["cached"], written, n["thought"]]


class Handler(stub._Handler):
    def do_POST(self):
        request = json.loads(read_body(self))
        path = self.path.split("?")[0]
        if path.endswith(ANSWERED) and "please fail" not in json.dumps(request):
            self.server.answered.append(tally(path, request))
        gemini = re.search(r"/models/([^:]+):(generateContent|streamGenerateContent)$", path)
        if gemini and gemini[2] == "generateContent":
            self._json(200, contents(request, gemini[1]))
        elif gemini:
            self._events([(None, contents(request, gemini[1]))])
        elif path.endswith("/embeddings"):
            self._json(200, stub.embeddings(request))
        elif "please fail" in json.dumps(request):
            self._json(400, {"error": {"message": "failing as asked", "type": "invalid_request_error",
                                       "param": None, "code": "asked_for"}})
        elif path.endswith("/chat/completions"):
            self._answer(request, chat, chat_chunks, done=True)
        elif path.endswith("/responses"):
            self._answer(request, response, response_events)
        elif path.endswith("/messages"):
            self._answer(request, message, message_events)
        else:
            self._json(404, {"error": {"message": f"no such route: {self.path}"}})

    def _answer(self, request, whole, streamed, done=False):
        if request.get("stream"):
            self._events(streamed(request), done)
        else:
            self._json(200, whole(request))

    def _events(self, events, done=False):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for name, data in events:
            head = f"event: {name}\n" if name else ""
            self.wfile.write(f"{head}data: {json.dumps(data)}\n\n".encode())
            self.wfile.flush()
        if done:
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True


class ModelServer(stub.OpenAIStub):
    """`with ModelServer() as models:` serves on a free port; `models.root` is its URL without a path."""

    def __init__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.answered = []
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self.base_url = f"{self.root}/v1"

    def answered(self) -> list[int]:
        """The sums of what `tally` counted so far."""
        return [sum(column) for column in zip(*self._server.answered)]
