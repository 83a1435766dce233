"""`mlflow.openai.autolog()` with the real OpenAI client, read back from the server."""

import json

import mlflow
import openai
import pytest
from mlflow.entities import SpanType
from tree import only, tokens, tree, usage

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]


@pytest.fixture
def client(stub, experiment) -> openai.OpenAI:
    mlflow.openai.autolog()
    yield openai.OpenAI(base_url=stub.base_url, api_key="none", max_retries=0)
    mlflow.openai.autolog(disable=True)


def say(client, text: str, **options):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    return client.chat.completions.create(model="stub-chat-1", messages=messages, **options)


def test_a_chat_is_one_span_with_its_tokens(client, experiment, traces_of):
    answer = say(client, "good morning to you")
    assert answer.choices[0].message.content == "You said: good morning to you"
    [trace] = traces_of(experiment)
    assert tree(trace) == [["Completions", SpanType.CHAT_MODEL, []]]
    assert usage(trace) == tokens(6, 6)
    span = only(trace, "Completions")
    assert span.inputs["messages"][1]["content"] == "good morning to you"
    assert span.outputs["choices"][0]["message"]["content"] == "You said: good morning to you"
    assert span.get_attribute("mlflow.chat.tokenUsage") == tokens(6, 6)
    assert span.get_attribute("mlflow.llm.model") == "stub-chat-1"
    assert trace.info.state.value == "OK"
    assert "good morning" in trace.info.request_preview
    assert "You said: good morning" in trace.info.response_preview


def test_a_streamed_chat_is_reassembled(client, experiment, traces_of):
    stream = say(client, "count one two three", stream=True, stream_options={"include_usage": True})
    parts = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(parts) == "You said: count one two three"
    [trace] = traces_of(experiment)
    assert tree(trace) == [["Completions", SpanType.CHAT_MODEL, []]]
    assert usage(trace) == tokens(6, 6)
    assert "You said: count one two three" in json.dumps(only(trace, "Completions").outputs)
    assert len(only(trace, "Completions").events) >= len(parts)


def test_a_tool_call_and_its_answer_are_below_the_agent(client, experiment, traces_of):
    @mlflow.trace(span_type=SpanType.TOOL)
    def get_weather(city: str) -> str:
        return f"sunny in {city}"

    @mlflow.trace(name="agent", span_type=SpanType.AGENT)
    def agent(text: str) -> str:
        messages = [{"role": "user", "content": text}]
        asked = client.chat.completions.create(model="stub-chat-1", messages=messages, tools=TOOLS)
        [call] = asked.choices[0].message.tool_calls
        result = get_weather(**json.loads(call.function.arguments))
        messages += [
            asked.choices[0].message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": call.id, "content": result},
        ]
        said = client.chat.completions.create(model="stub-chat-1", messages=messages, tools=TOOLS)
        return said.choices[0].message.content

    assert agent("use get_weather with Kyoto") == "The tool says: sunny in Kyoto"
    [trace] = traces_of(experiment)
    [[name, kind, children]] = tree(trace)
    assert (name, kind) == ("agent", SpanType.AGENT)
    assert [(child[0].split("_")[0], child[1]) for child in children] == [
        ("Completions", SpanType.CHAT_MODEL),
        ("get", SpanType.TOOL),
        ("Completions", SpanType.CHAT_MODEL),
    ]
    assert only(trace, "get_weather").inputs == {"city": "Kyoto"}
    # First call: 4 words in, a tool call (7) out; second: 4 words and 3 of the tool in, 6 out.
    assert usage(trace) == tokens(4 + 7, 7 + 6)
    first = trace.search_spans(span_type=SpanType.CHAT_MODEL)[0]
    assert first.get_attribute("mlflow.chat.tools")[0]["function"]["name"] == "get_weather"


def test_embeddings_are_a_span_of_their_type(client, experiment, traces_of):
    client.embeddings.create(model="stub-embed-1", input=["one two", "three"], encoding_format="float")
    [trace] = traces_of(experiment)
    assert tree(trace) == [["Embeddings", SpanType.EMBEDDING, []]]
    assert only(trace, "Embeddings").inputs["input"] == ["one two", "three"]


def test_a_refused_chat_is_an_error_with_its_exception(client, experiment, traces_of):
    with pytest.raises(openai.BadRequestError):
        say(client, "please fail")
    [trace] = traces_of(experiment)
    assert trace.info.state.value == "ERROR"
    span = only(trace, "Completions")
    assert span.status.status_code.value == "ERROR"
    [event] = [event for event in span.events if event.name == "exception"]
    assert "failing as asked" in event.attributes["exception.message"]


def test_autologged_spans_are_found_by_search(client, experiment, traces_of):
    say(client, "needle in here")
    say(client, "only hay")
    mlflow.flush_trace_async_logging()
    found = mlflow.search_traces(
        locations=[experiment],
        filter_string="span.type = 'CHAT_MODEL' AND span.content ILIKE '%needle%'",
        return_type="list",
    )
    assert [span.inputs["messages"][1]["content"] for trace in found for span in trace.data.spans] == [
        "needle in here"
    ]
