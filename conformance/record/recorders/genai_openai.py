"""OpenTelemetry's GenAI conventions by opentelemetry-instrumentation-openai-v2.

The package's environment variables select the recorded form: message parts on
spans, one details event, or a log record per message.
"""

import openai
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

from common import SESSION, USER, chat_with_tool, embed, failing_chat, get_weather, logging, streamed_chat, tracing

provider = tracing()
logs = logging()
OpenAIInstrumentor().instrument(tracer_provider=provider, logger_provider=logs)
tracer = provider.get_tracer("weather-agent")
client = openai.OpenAI(max_retries=0)


def traced_weather(city: str) -> str:
    with tracer.start_as_current_span("execute_tool get_weather", attributes={
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_weather",
            "gen_ai.tool.type": "function", "gen_ai.tool.call.arguments": f'{{"city":"{city}"}}'}) as span:
        result = get_weather(city)
        span.set_attribute("gen_ai.tool.call.result", result)
        return result


with tracer.start_as_current_span("invoke_agent weather", attributes={
        "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather", "gen_ai.provider.name": "openai",
        "gen_ai.conversation.id": SESSION, "user.id": USER}):
    chat_with_tool(client, traced_weather)
streamed_chat(client)
embed(client)
failing_chat(client)
provider.shutdown()
logs.shutdown()
