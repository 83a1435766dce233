"""OpenInference by openinference-instrumentation-anthropic: a picture, a tool, a stream, prompt caching, a refusal."""

import anthropic
from openinference.instrumentation import using_attributes
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from openinference.semconv.trace import OpenInferenceSpanKindValues, SpanAttributes

from common import PARAMETERS, QUESTION, SESSION, SYSTEM, USER, get_weather, tracing

PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
MODEL = "claude-sonnet-4-5"

provider = tracing()
AnthropicInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("weather-agent")
client = anthropic.Anthropic(max_retries=0)
system = [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}]
tools = [{"name": "get_weather", "description": "The weather of a city", "input_schema": PARAMETERS}]


def ask() -> str:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    history = [{"role": "user", "content": [picture, {"type": "text", "text": QUESTION}]}]
    asked = client.messages.create(model=MODEL, max_tokens=200, system=system, tools=tools, messages=history)
    use = next(part for part in asked.content if part.type == "tool_use")
    history += [{"role": "assistant", "content": [part.model_dump(exclude_none=True) for part in asked.content]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id,
                                              "content": get_weather(**use.input)}]}]
    answer = client.messages.create(model=MODEL, max_tokens=200, system=system, tools=tools, messages=history)
    return answer.content[0].text


def streamed() -> None:
    with client.messages.stream(model=MODEL, max_tokens=200,
                                messages=[{"role": "user", "content": "Say good night"}]) as stream:
        for _ in stream.text_stream:
            pass


def failing() -> None:
    try:
        client.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "please fail"}])
    except anthropic.BadRequestError:
        pass


with using_attributes(session_id=SESSION, user_id=USER):
    agent_kind = {SpanAttributes.OPENINFERENCE_SPAN_KIND: OpenInferenceSpanKindValues.AGENT.value}
    with tracer.start_as_current_span("weather agent", attributes=agent_kind) as agent:
        agent.set_attribute(SpanAttributes.INPUT_VALUE, QUESTION)
        agent.set_attribute(SpanAttributes.OUTPUT_VALUE, ask())
    streamed()
    failing()
provider.shutdown()
