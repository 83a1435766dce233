"""`mlflow.langchain.autolog()`: an agent with a tool and a retriever, read back from the server."""

import mlflow
import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from mlflow.entities import SpanType
from tree import tokens, tree, usage


class Shelf(BaseRetriever):
    """A retriever that always returns its only document."""

    def _get_relevant_documents(self, query: str, *, run_manager) -> list[Document]:
        return [Document(page_content=f"about {query}", metadata={"doc_uri": "shelf/1"})]


@tool
def look_up(topic: str) -> str:
    """Looks a topic up on the shelf."""
    return Shelf().invoke(topic)[0].page_content


@pytest.fixture
def model(stub, experiment) -> ChatOpenAI:
    mlflow.langchain.autolog()
    yield ChatOpenAI(model="stub-chat-1", base_url=stub.base_url, api_key="none", max_retries=0)
    mlflow.langchain.autolog(disable=True)


def flat(nodes: list) -> list[tuple[str, str]]:
    """Names and types of a tree, parents before children."""
    return [item for name, kind, below in nodes for item in [(name, kind), *flat(below)]]


def ask(model, text: str) -> str:
    agent = create_agent(model, tools=[look_up])
    result = agent.invoke({"messages": [{"role": "user", "content": text}]})
    return result["messages"][-1].content


def test_an_agent_with_a_tool_and_a_retriever_is_one_tree(model, experiment, traces_of):
    assert ask(model, "use look_up with tea") == "The tool says: about tea"
    [trace] = traces_of(experiment)
    assert trace.info.state.value == "OK"
    roots = tree(trace)
    assert len(roots) == 1, "everything hangs below one root"
    spans = trace.data.spans
    kinds = [span.span_type for span in spans]
    assert kinds.count(SpanType.CHAT_MODEL) == 2
    assert kinds.count(SpanType.TOOL) == 1
    assert kinds.count(SpanType.RETRIEVER) == 1
    by_id = {span.span_id: span for span in spans}
    [retriever] = [span for span in spans if span.span_type == SpanType.RETRIEVER]
    assert by_id[retriever.parent_id].span_type == SpanType.TOOL
    assert by_id[retriever.parent_id].name == "look_up"
    assert retriever.outputs[0]["page_content"] == "about tea"
    assert retriever.outputs[0]["metadata"] == {"doc_uri": "shelf/1"}


def test_the_tokens_of_an_agent_are_counted_once(model, experiment, traces_of):
    ask(model, "use look_up with tea")
    [trace] = traces_of(experiment)
    # First call: 4 words in, a tool call (7) out; second: 4 words and 2 of the tool in, 5 out.
    assert usage(trace) == tokens(4 + 6, 7 + 5)
    per_span = [
        span.get_attribute("mlflow.chat.tokenUsage")
        for span in trace.data.spans
        if span.span_type == SpanType.CHAT_MODEL
    ]
    assert [each["total_tokens"] for each in per_span] == [11, 11]


def test_spans_come_back_in_the_order_they_ran(model, experiment, traces_of):
    ask(model, "use look_up with tea")
    [trace] = traces_of(experiment)
    kinds = [kind for _, kind in flat(tree(trace))]
    steps = [k for k in kinds if k in (SpanType.CHAT_MODEL, SpanType.TOOL, SpanType.RETRIEVER)]
    assert steps == [SpanType.CHAT_MODEL, SpanType.TOOL, SpanType.RETRIEVER, SpanType.CHAT_MODEL]


def test_a_streamed_chain_keeps_its_text(model, experiment, traces_of):
    said = "".join(chunk.content for chunk in model.stream("hello over there"))
    assert said == "You said: hello over there"
    [trace] = traces_of(experiment)
    assert flat(tree(trace)) == [("ChatOpenAI", SpanType.CHAT_MODEL)]
    assert "You said: hello over there" in str(trace.data.spans[0].outputs)


def test_agents_in_a_batch_are_traces_of_their_own(model, experiment, traces_of):
    agent = create_agent(model, tools=[look_up])
    topics = ["tea", "cups", "snow"]
    agent.batch([{"messages": [{"role": "user", "content": f"use look_up with {t}"}]} for t in topics])
    traces = traces_of(experiment)
    retrievers = [span for trace in traces for span in trace.search_spans(span_type=SpanType.RETRIEVER)]
    found = [span.outputs[0]["page_content"] for span in retrievers]
    assert sorted(found) == ["about cups", "about snow", "about tea"]
    assert all(len(tree(trace)) == 1 for trace in traces)
