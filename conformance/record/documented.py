#!/usr/bin/env python3
"""Writes the fixtures of senders that cannot be recorded here, from their documentation instead of a run.

Names, types and nesting of attributes are documented; values are invented.
Every file it writes is called `….documented.json` or
`….documented.logs.json`, to distinguish it from a recording.
"""

import json
import sys
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "dialects"
START_NS = 1_767_225_600_000_000_000
MS = 1_000_000
UNSET, ERROR = 0, 2
INTERNAL, CLIENT = 1, 3
SESSION = "0b9f3c1e-7d1a-4a55-9a0e-6f2f7c4d1a42"
QUESTION = "What does main.py print?"


def value_of(plain) -> dict:
    if isinstance(plain, bool):
        return {"boolValue": plain}
    if isinstance(plain, int):
        return {"intValue": str(plain)}
    if isinstance(plain, float):
        return {"doubleValue": plain}
    if isinstance(plain, list):
        return {"arrayValue": {"values": [value_of(item) for item in plain]}}
    return {"stringValue": plain}


def attributes_of(plain: dict) -> list:
    return [{"key": key, "value": value_of(value)} for key, value in plain.items()]


def messages(*items: dict) -> str:
    return json.dumps(items)


class Trace:
    """Spans and log records of one trace. Times are milliseconds from its start; a parent is a span's name."""

    def __init__(self, number: int):
        self.trace_id = f"{number:032x}"
        self.ids: dict[str, str] = {}
        self.spans: list[dict] = []
        self.records: list[dict] = []

    def span(self, name: str, start: int, end: int, attributes: dict, parent: str | None = None, *, key: str = "",
             kind: int = INTERNAL, events: list | None = None, error: str | None = None) -> None:
        span_id = f"{int(self.trace_id, 16) * 256 + len(self.spans) + 1:016x}"
        self.ids[key or name] = span_id
        span = {"traceId": self.trace_id, "spanId": span_id}
        if parent:
            span["parentSpanId"] = self.ids[parent]
        span |= {"name": name, "kind": kind, "startTimeUnixNano": str(START_NS + start * MS),
                 "endTimeUnixNano": str(START_NS + end * MS), "attributes": attributes_of(attributes)}
        if events:
            span["events"] = [{"timeUnixNano": str(START_NS + at * MS), "name": event,
                               "attributes": attributes_of(said)} for at, event, said in events]
        span["status"] = {"code": ERROR, "message": error} if error else {}
        self.spans.append(span)

    def log(self, at: int, body: str | None, attributes: dict, span: str | None = None, event: str | None = None) -> None:
        time = str(START_NS + at * MS)
        record = {"timeUnixNano": time, "observedTimeUnixNano": time, "severityNumber": 9, "severityText": "INFO"}
        if event:
            record["eventName"] = event
        if body:
            record["body"] = {"stringValue": body}
        record["attributes"] = attributes_of(attributes)
        if span:
            record |= {"traceId": self.trace_id, "spanId": self.ids[span]}
        self.records.append(record)


def write(name: str, resource: dict, scope: dict, traces: list[Trace], log_scope: dict | None = None) -> None:
    resource = {"attributes": attributes_of(resource)}
    spans = [span for trace in traces for span in trace.spans]
    records = [record for trace in traces for record in trace.records]
    if spans:
        save(f"{name}.documented.json", {"resourceSpans": [{"resource": resource, "scopeSpans": [
            {"scope": scope, "spans": spans}]}]})
    if records:
        save(f"{name}.documented.logs.json", {"resourceLogs": [{"resource": resource, "scopeLogs": [
            {"scope": log_scope or scope, "logRecords": records}]}]})


def save(name: str, content: dict) -> None:
    (FIXTURES / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def claude_code() -> None:
    """Claude Code with traces (beta), prompts, tool details and tool content logged."""
    trace = Trace(0xC1)
    common = {"session.id": SESSION, "user.id": "9f2d", "organization.id": "org-1", "terminal.type": "vscode"}
    span = lambda kind, said: {"span.type": kind} | common | said  # noqa: E731

    def request(key, start, end, tokens, context, stop, has_tool):
        fresh, out, read, written = tokens
        trace.span("claude_code.llm_request", start, end, span("llm_request", {
            "model": "claude-sonnet-4-5-20250929", "gen_ai.system": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5-20250929", "query_source": "repl_main_thread", "speed": "normal",
            "llm_request.context": context, "duration_ms": end - start, "ttft_ms": 310, "input_tokens": fresh,
            "output_tokens": out, "cache_read_tokens": read, "cache_creation_tokens": written,
            "request_id": f"req_{key}", "gen_ai.response.id": f"msg_{key}", "client_request_id": f"client-{key}",
            "attempt": 1, "success": True, "response.has_tool_call": has_tool, "stop_reason": stop,
            "gen_ai.response.finish_reasons": [stop]}), "claude_code.interaction", key=key, kind=CLIENT,
            events=[(start, "gen_ai.request.attempt", {"attempt": 1})])

    trace.span("claude_code.interaction", 0, 5200, span("interaction", {
        "user_prompt": QUESTION, "user_prompt_length": len(QUESTION), "interaction.sequence": 1,
        "interaction.duration_ms": 5200}))
    request("first", 20, 2000, (12, 85, 15_000, 2_100), "interaction", "tool_use", True)
    trace.span("claude_code.tool", 2010, 3000, span("tool", {
        "tool_name": "Bash", "duration_ms": 990, "result_tokens": 6, "tool_use_id": "toolu_1",
        "gen_ai.tool.call.id": "toolu_1", "full_command": "python main.py"}), "claude_code.interaction",
        events=[(2995, "tool.output", {"bash_command": "python main.py", "output": "hello\n"})])
    trace.span("claude_code.tool.blocked_on_user", 2010, 2400, span("tool.blocked_on_user", {
        "duration_ms": 390, "decision": "accept", "source": "user_temporary"}), "claude_code.tool")
    trace.span("claude_code.tool.execution", 2400, 2990, span("tool.execution", {
        "duration_ms": 590, "tool_use_id": "toolu_1", "success": True}), "claude_code.tool")
    trace.span("claude_code.tool", 3001, 3050, span("tool", {
        "tool_name": "Read", "duration_ms": 49, "tool_use_id": "toolu_2", "gen_ai.tool.call.id": "toolu_2",
        "file_path": "/app/gone.py"}), "claude_code.interaction", key="read")
    trace.span("claude_code.tool.execution", 3010, 3049, span("tool.execution", {
        "duration_ms": 39, "tool_use_id": "toolu_2", "success": False, "error": "File does not exist"}), "read",
        key="read.execution", error="File does not exist")
    request("second", 3060, 5100, (9, 40, 17_100, 150), "tool", "end_turn", False)

    sequence = iter(range(100))

    def event(at, name, said, span_name):
        trace.log(at, f"claude_code.{name}", common | {
            "event.name": name, "event.timestamp": f"2026-01-01T00:00:0{at // 1000}.{at % 1000:03}Z",
            "event.sequence": next(sequence), "prompt.id": "5c7d3f0e"} | said, span_name)

    event(1, "user_prompt", {"prompt_length": str(len(QUESTION)), "prompt": QUESTION}, "claude_code.interaction")
    event(2000, "api_request", {
        "model": "claude-sonnet-4-5-20250929", "cost_usd": "0.01363", "duration_ms": "1980", "input_tokens": "12",
        "output_tokens": "85", "cache_read_tokens": "15000", "cache_creation_tokens": "2100", "request_id": "req_first",
        "speed": "normal", "query_source": "repl_main_thread"}, "first")
    event(2400, "tool_decision", {"tool_name": "Bash", "tool_use_id": "toolu_1", "decision": "accept",
                                  "source": "user_temporary"}, "claude_code.tool.blocked_on_user")
    event(2990, "tool_result", {
        "tool_name": "Bash", "tool_use_id": "toolu_1", "success": "true", "duration_ms": "590",
        "decision_type": "accept", "decision_source": "user_temporary", "tool_result_size_bytes": "6",
        "tool_parameters": json.dumps({"bash_command": "python", "full_command": "python main.py"}),
        "tool_input": json.dumps({"command": "python main.py"})}, "claude_code.tool")
    event(3049, "tool_result", {
        "tool_name": "Read", "tool_use_id": "toolu_2", "success": "false", "duration_ms": "39",
        "error": "File does not exist", "decision_type": "accept", "decision_source": "config"}, "read")
    event(5100, "api_request", {
        "model": "claude-sonnet-4-5-20250929", "cost_usd": "0.0063195", "duration_ms": "2040", "input_tokens": "9",
        "output_tokens": "40", "cache_read_tokens": "17100", "cache_creation_tokens": "150", "request_id": "req_second",
        "speed": "normal", "query_source": "repl_main_thread"}, "second")
    event(5150, "api_error", {"model": "claude-haiku-4-5", "error": "Overloaded", "status_code": "529",
                              "duration_ms": "40", "attempt": "1", "query_source": "auxiliary"}, None)
    write("claude-code", {"service.name": "claude-code", "service.version": "2.1.300", "os.type": "linux",
                          "host.arch": "amd64"}, {"name": "com.anthropic.claude_code.tracing", "version": "2.1.300"},
          [trace], {"name": "com.anthropic.claude_code.events", "version": "2.1.300"})


def codex() -> None:
    """Codex: spans of a turn and its log events. Both the response spans and the turn have the token usage."""
    trace = Trace(0xC0)
    usage = {"gen_ai.usage.input_tokens": 9_800, "gen_ai.usage.cache_read.input_tokens": 8_192,
             "gen_ai.usage.output_tokens": 210, "codex.usage.reasoning_output_tokens": 128, "codex.usage.total_tokens": 10_010}
    trace.span("session_loop", 0, 4000, {"thread_id": SESSION})
    trace.span("session_task.turn", 10, 3900, {
        "thread.id": SESSION, "turn.id": "turn-1", "model": "gpt-5-codex", "codex.turn.reasoning_effort": "medium",
        "codex.turn.token_usage.input_tokens": 9_800, "codex.turn.token_usage.cached_input_tokens": 8_192,
        "codex.turn.token_usage.non_cached_input_tokens": 1_608, "codex.turn.token_usage.output_tokens": 210,
        "codex.turn.token_usage.reasoning_output_tokens": 128, "codex.turn.token_usage.total_tokens": 10_010},
        "session_loop")
    trace.span("run_turn", 20, 3890, {"turn_id": "turn-1", "model": "gpt-5-codex", "cwd": "/app"}, "session_task.turn")
    trace.span("stream_request", 30, 3000, {"http.method": "POST", "api.path": "responses"}, "run_turn", kind=CLIENT)
    trace.span("handle_responses", 1200, 2990, {
        "otel.name": "completed", "codex.request.reasoning_effort": "medium"} | usage, "stream_request")
    trace.span("handle_tool_call", 3000, 3500, {"tool_name": "shell", "call_id": "call_1"}, "run_turn")
    common = {"conversation.id": SESSION, "app.version": "0.160.0", "auth_mode": "ApiKey", "originator": "codex_cli_rs",
              "terminal.type": "vscode/1.99", "model": "gpt-5-codex", "slug": "gpt-5-codex"}

    def event(at, name, said, span_name):
        trace.log(at, None, {"event.name": f"codex.{name}"} | said | {
            "event.timestamp": f"2026-01-01T00:00:0{at // 1000}.{at % 1000:03}Z"} | common, span_name)

    event(1, "conversation_starts", {
        "provider_name": "OpenAI", "reasoning_effort": "medium", "reasoning_summary": "auto", "context_window": 272_000,
        "approval_policy": "on-request", "sandbox_policy": "workspace-write", "mcp_servers": ""}, "session_loop")
    event(12, "user_prompt", {"prompt_length": str(len(QUESTION)), "prompt": QUESTION}, "session_task.turn")
    event(1100, "api_request", {"duration_ms": "1070", "http.response.status_code": 200, "attempt": 0,
                                "endpoint": "/responses"}, "stream_request")
    event(1250, "sse_event", {"event.kind": "response.output_item.done", "duration_ms": "150"}, "handle_responses")
    event(2990, "sse_event", {
        "event.kind": "response.completed", "input_token_count": "9800", "output_token_count": "210",
        "cached_token_count": 8_192, "reasoning_token_count": 128, "tool_token_count": "10010"}, "handle_responses")
    event(3005, "tool_decision", {"tool_name": "shell", "call_id": "call_1", "decision": "approved", "source": "Config"},
          "handle_tool_call")
    event(3490, "tool_result", {
        "tool_name": "shell", "call_id": "call_1", "arguments": json.dumps({"command": ["python", "main.py"]}),
        "duration_ms": "480", "success": "true", "output": "Exit code: 0\nOutput:\nhello\n", "mcp_server": "",
        "mcp_server_origin": ""}, "handle_tool_call")
    write("codex", {"service.name": "codex_cli_rs", "service.version": "0.160.0", "env": "dev"},
          {"name": "codex_cli_rs"}, [trace], {"name": "codex_otel.log_only"})


def gemini_cli() -> None:
    """Gemini CLI: spans of its own operation names, and its events."""
    trace = Trace(0x6E)
    common = {"gen_ai.agent.name": "gemini-cli", "gen_ai.agent.description": "Gemini CLI is an open-source AI agent",
              "gen_ai.conversation.id": SESSION}
    question = {"role": "user", "parts": [{"text": QUESTION}]}
    call = {"role": "model", "parts": [{"functionCall": {"name": "run_shell_command", "args": {"command": "python main.py"}}}]}
    result = {"role": "user", "parts": [{"functionResponse": {"name": "run_shell_command", "response": {"output": "hello"}}}]}
    said = {"role": "model", "parts": [{"text": "It prints hello."}]}
    definitions = messages({"functionDeclarations": [{"name": "run_shell_command", "description": "Runs a command"}]})

    def llm(key, start, end, given, answer, tokens):
        trace.span("llm_call", start, end, common | {
            "gen_ai.operation.name": "llm_call", "gen_ai.request.model": "gemini-2.5-pro",
            "gen_ai.response.model": "gemini-2.5-pro", "gen_ai.prompt.name": "session########0",
            "gen_ai.system_instructions": messages({"text": "You are a careful agent."}),
            "gen_ai.tool.definitions": definitions, "gen_ai.input.messages": messages(*given),
            "gen_ai.output.messages": messages(answer), "gen_ai.usage.input_tokens": tokens[0],
            "gen_ai.usage.output_tokens": tokens[1]}, "agent_call", key=key)

    trace.span("agent_call", 0, 4000, common | {
        "gen_ai.operation.name": "agent_call", "gen_ai.input.messages": messages(question),
        "gen_ai.output.messages": messages(said)})
    llm("first", 10, 1500, [question], call, (6_200, 31))
    trace.span("tool_call", 1510, 2100, common | {
        "gen_ai.operation.name": "tool_call", "gen_ai.tool.name": "run_shell_command", "gen_ai.tool.call_id": "call-1",
        "gen_ai.tool.description": "Runs a command", "gen_ai.input.messages": json.dumps({"command": "python main.py"}),
        "gen_ai.output.messages": json.dumps({"output": "hello"})}, "agent_call")
    llm("second", 2110, 3900, [question, call, result], said, (6_260, 12))
    everywhere = {"session.id": SESSION, "installation.id": "b2f1", "active_approval_mode": "default"}

    def event(at, name, body, said_there, span_name):
        trace.log(at, body, everywhere | {"event.name": name,
                                          "event.timestamp": f"2026-01-01T00:00:0{at // 1000}.{at % 1000:03}Z"} | said_there, span_name)

    event(1, "gemini_cli.user_prompt", f"User prompt. Length: {len(QUESTION)}.", {
        "prompt_length": len(QUESTION), "prompt_id": "session########0", "prompt": QUESTION,
        "auth_type": "gemini-api-key"}, "agent_call")
    event(11, "gemini_cli.api_request", "API request to gemini-2.5-pro.", {
        "model": "gemini-2.5-pro", "prompt_id": "session########0", "request_text": messages(question)}, "first")
    event(1500, "gemini_cli.api_response", "API response from gemini-2.5-pro. Status: 200. Duration: 1490ms.", {
        "model": "gemini-2.5-pro", "status_code": 200, "duration_ms": 1490, "input_token_count": 6_200,
        "output_token_count": 31, "cached_content_token_count": 4_096, "thoughts_token_count": 90, "tool_token_count": 0,
        "total_token_count": 6_321, "prompt_id": "session########0", "auth_type": "gemini-api-key",
        "finish_reasons": ["STOP"]}, "first")
    event(1500, "gen_ai.client.inference.operation.details", "GenAI operation details from gemini-2.5-pro.", {
        "gen_ai.request.model": "gemini-2.5-pro", "gen_ai.provider.name": "gcp.gen_ai",
        "gen_ai.operation.name": "generate_content",
        "gen_ai.input.messages": messages({"role": "user", "parts": [{"type": "text", "content": QUESTION}]}),
        "gen_ai.output.messages": messages({"role": "system", "finish_reason": "stop", "parts": [
            {"type": "tool_call", "name": "run_shell_command", "arguments": json.dumps({"command": "python main.py"})}]}),
        "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 6_200,
        "gen_ai.usage.output_tokens": 31, "gen_ai.request.temperature": 1.0}, "first")
    event(2100, "gemini_cli.tool_call", "Tool call: run_shell_command. Decision: accept. Success: true. Duration: 590ms.", {
        "function_name": "run_shell_command", "function_args": json.dumps({"command": "python main.py"}),
        "duration_ms": 590, "success": True, "decision": "accept", "prompt_id": "session########0",
        "tool_type": "native", "content_length": 5}, "tool_call")
    event(3950, "gemini_cli.api_error", "API error for gemini-2.5-flash. Error: quota.", {
        "model": "gemini-2.5-flash", "error": "quota", "error_type": "ApiError", "status_code": 429, "duration_ms": 40,
        "prompt_id": "session########0", "auth_type": "gemini-api-key"}, None)
    write("gemini-cli", {"service.name": "gemini-cli", "service.version": "v22.0.0", "session.id": SESSION},
          {"name": "gemini-cli", "version": "v1"}, [trace])


def spring_ai() -> None:
    """Spring AI's observations, with prompt and completion logged as span events."""
    trace = Trace(0x5A)
    trace.span("spring_ai chat_client", 0, 900, {
        "gen_ai.operation.name": "framework", "gen_ai.system": "spring_ai", "spring.ai.kind": "chat_client",
        "spring.ai.chat.client.stream": "false", "spring.ai.chat.client.conversation.id": "session-42"})
    trace.span("chat gpt-4o-mini", 10, 880, {
        "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18", "gen_ai.request.temperature": "0.2",
        "gen_ai.response.finish_reasons": "[\"STOP\"]", "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.usage.input_tokens": "1040", "gen_ai.usage.output_tokens": "9", "gen_ai.usage.total_tokens": "1049"},
        "spring_ai chat_client", kind=CLIENT, events=[
            (11, "gen_ai.content.prompt", {"gen_ai.prompt": "What is the weather in Kyoto?"}),
            (870, "gen_ai.content.completion", {"gen_ai.completion": "Clear, 21 degrees."})])
    trace.span("embedding text-embedding-3-small", 890, 899, {
        "gen_ai.operation.name": "embedding", "gen_ai.system": "openai", "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.response.model": "text-embedding-3-small", "gen_ai.usage.input_tokens": "10",
        "gen_ai.usage.total_tokens": "10"}, "spring_ai chat_client", kind=CLIENT)
    write("spring-ai", {"service.name": "weather-agent", "telemetry.sdk.language": "java"},
          {"name": "org.springframework.boot"}, [trace])


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for build in (claude_code, codex, gemini_cli, spring_ai):
        build()
    sys.exit(0)
