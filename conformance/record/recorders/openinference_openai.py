"""OpenInference by openinference-instrumentation-openai: chat with a tool, streams, responses, embeddings, a refusal."""

import openai
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from openinference.semconv.trace import OpenInferenceSpanKindValues, SpanAttributes

from common import (PARAMETERS, QUESTION, SESSION, SYSTEM, USER, chat_with_tool, embed, failing_chat, get_weather,
                    streamed_chat, tracing)

provider = tracing()
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("weather-agent")
client = openai.OpenAI(max_retries=0)


def kind(value: OpenInferenceSpanKindValues) -> dict:
    return {SpanAttributes.OPENINFERENCE_SPAN_KIND: value.value}


def traced_weather(city: str) -> str:
    with tracer.start_as_current_span("get_weather", attributes=kind(OpenInferenceSpanKindValues.TOOL)) as span:
        result = get_weather(city)
        span.set_attributes({
            SpanAttributes.TOOL_NAME: "get_weather", SpanAttributes.TOOL_DESCRIPTION: "The weather of a city",
            SpanAttributes.INPUT_VALUE: f'{{"city": "{city}"}}', SpanAttributes.INPUT_MIME_TYPE: "application/json",
            SpanAttributes.OUTPUT_VALUE: result, SpanAttributes.OUTPUT_MIME_TYPE: "application/json"})
        return result


def respond() -> None:
    tool = {"type": "function", "name": "get_weather", "description": "The weather of a city", "parameters": PARAMETERS}
    client.responses.create(model="gpt-5-mini", instructions=SYSTEM, input=QUESTION, tools=[tool])
    with client.responses.create(model="gpt-5-mini", input="Say good night", stream=True) as events:
        for _ in events:
            pass


with using_attributes(session_id=SESSION, user_id=USER, metadata={"team": "weather"}, tags=["demo"],
                      prompt_template="What is the weather? Please use get_weather with {city}",
                      prompt_template_variables={"city": "Kyoto"}, prompt_template_version="v1"):
    with tracer.start_as_current_span("weather agent", attributes=kind(OpenInferenceSpanKindValues.AGENT)) as agent:
        agent.set_attribute(SpanAttributes.INPUT_VALUE, QUESTION)
        answer = chat_with_tool(client, traced_weather)
        agent.set_attribute(SpanAttributes.OUTPUT_VALUE, answer)
    streamed_chat(client)
    respond()
    embed(client)
    failing_chat(client)
provider.shutdown()
