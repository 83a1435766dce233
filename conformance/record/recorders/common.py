"""Shared by recorders: the questions of one small agent, its tool, and an OpenTelemetry pipeline to the collector."""

import json
import os

SESSION, USER = "session-42", "user-7"
SYSTEM = "You are a weather agent. Answer briefly."
QUESTION = "What is the weather? Please use get_weather with Kyoto"
WEATHER = {"city": "Kyoto", "sky": "clear", "celsius": 21}
DOCUMENTS = ["Kyoto is dry in November.", "Osaka lies by the sea."]

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string", "description": "A city's name"}},
              "required": ["city"]}
TOOL = {"type": "function",
        "function": {"name": "get_weather", "description": "The weather of a city", "parameters": PARAMETERS}}


def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: A city's name.
    """
    return json.dumps(WEATHER | {"city": city})


def tracing():
    """Sets a global tracer provider that sends to the collector, and returns it."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def logging():
    """Sets a global logger provider that sends to the collector, and returns it."""
    from opentelemetry._logs import set_logger_provider
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    set_logger_provider(provider)
    return provider


def messages() -> list[dict]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def chat_with_tool(client, call_tool=get_weather, model: str = "gpt-4o-mini") -> str:
    """Makes two chat calls with a tool call between them; returns the answer."""
    history = messages()
    asked = client.chat.completions.create(model=model, messages=history, tools=[TOOL], temperature=0.2, max_tokens=200)
    call = asked.choices[0].message.tool_calls[0]
    history.append(asked.choices[0].message.model_dump(exclude_none=True))
    result = call_tool(**json.loads(call.function.arguments))
    history.append({"role": "tool", "tool_call_id": call.id, "content": result})
    answer = client.chat.completions.create(model=model, messages=history, tools=[TOOL])
    return answer.choices[0].message.content


def streamed_chat(client, model: str = "gpt-5-mini") -> str:
    """Streams an answer with token usage from a reasoning model."""
    stream = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Say good night"}], stream=True,
        stream_options={"include_usage": True})
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def failing_chat(client) -> None:
    """Makes a call that the provider rejects."""
    import openai
    try:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "please fail"}])
    except openai.BadRequestError:
        pass


def embed(client) -> None:
    client.embeddings.create(model="text-embedding-3-small", input=DOCUMENTS)


def endpoint(path: str) -> str:
    return os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + path
