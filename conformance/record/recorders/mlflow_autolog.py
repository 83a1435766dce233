"""MLflow's autologging of the OpenAI client, a traced agent and tool.

As an MLflow client sends it; with MLFLOW_ENABLE_OTEL_GENAI_SEMCONV set, as it
sends to an OpenTelemetry endpoint.
"""

import os

import mlflow
import openai

from common import PARAMETERS, QUESTION, SESSION, SYSTEM, USER, chat_with_tool, embed, endpoint, failing_chat
from common import get_weather as weather, streamed_chat

if "MLFLOW_ENABLE_OTEL_GENAI_SEMCONV" in os.environ:
    os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = endpoint("/v1/traces")
else:
    del os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"]
    os.environ["MLFLOW_EXPERIMENT_ID"] = "0"
    mlflow.set_tracking_uri(os.environ["RECORD_COLLECTOR"])
mlflow.openai.autolog()
client = openai.OpenAI(max_retries=0)


@mlflow.trace(span_type="TOOL")
def get_weather(city: str) -> str:
    return weather(city)


@mlflow.trace(span_type="AGENT", name="weather agent")
def agent(question: str) -> str:
    mlflow.update_current_trace(session_id=SESSION, user=USER, tags={"team": "weather"})
    return chat_with_tool(client, get_weather)


agent(QUESTION)
streamed_chat(client)
tool = {"type": "function", "name": "get_weather", "description": "The weather of a city", "parameters": PARAMETERS}
client.responses.create(model="gpt-5-mini", instructions=SYSTEM, input=QUESTION, tools=[tool])
embed(client)
failing_chat(client)
mlflow.flush_trace_async_logging()
