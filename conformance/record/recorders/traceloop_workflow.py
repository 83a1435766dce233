"""Traceloop by traceloop-sdk: a workflow of tasks and a tool, OpenAI and Anthropic, streams, embeddings."""

import anthropic
import openai
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, task, tool, workflow

from common import (PARAMETERS, QUESTION, SESSION, SYSTEM, USER, chat_with_tool, embed, endpoint, failing_chat,
                    get_weather as weather, streamed_chat)

Traceloop.init(app_name="weather-agent", api_endpoint=endpoint(""), disable_batch=False, telemetry_enabled=False)
client = openai.OpenAI(max_retries=0)
claude = anthropic.Anthropic(max_retries=0)


@tool(name="get_weather")
def get_weather(city: str) -> str:
    return weather(city)


@agent(name="weather")
def ask(question: str) -> str:
    return chat_with_tool(client, get_weather)


@task(name="good_night")
def good_night(name: str) -> str:
    return streamed_chat(client)


@task(name="respond")
def respond() -> str:
    return client.responses.create(model="gpt-5-mini", instructions=SYSTEM, input="Say good morning").output_text


@task(name="index")
def index() -> None:
    embed(client)


@workflow(name="claude_weather")
def ask_claude(question: str) -> str:
    system = [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}]
    tools = [{"name": "get_weather", "description": "The weather of a city", "input_schema": PARAMETERS}]
    history = [{"role": "user", "content": question}]
    asked = claude.messages.create(model="claude-sonnet-4-5", max_tokens=200, system=system, tools=tools, messages=history)
    use = asked.content[0]
    history += [{"role": "assistant", "content": [use.model_dump(include={"type", "id", "name", "input"})]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id,
                                              "content": get_weather(**use.input)}]}]
    parts = []
    with claude.messages.create(model="claude-sonnet-4-5", max_tokens=200, system=system, tools=tools,
                                messages=history, stream=True) as stream:
        parts = [event.delta.text for event in stream if event.type == "content_block_delta"]
    return "".join(parts)


@workflow(name="weather_workflow")
def run(question: str) -> str:
    answer = ask(question)
    good_night("Kyoto")
    respond()
    index()
    failing_chat(client)
    return answer


Traceloop.set_association_properties({"user_id": USER, "session_id": SESSION, "chat_id": "chat-1"})
run(QUESTION)
ask_claude(QUESTION)

from opentelemetry import trace  # noqa: E402

trace.get_tracer_provider().shutdown()
