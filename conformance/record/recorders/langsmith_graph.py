"""LangSmith's OpenTelemetry export of a LangGraph agent, with a retriever and a traced function."""

import os

os.environ |= {"LANGSMITH_TRACING": "true", "LANGSMITH_OTEL_ENABLED": "true", "LANGSMITH_OTEL_ONLY": "true",
               "LANGSMITH_API_KEY": "none", "LANGSMITH_PROJECT": "weather",
               "LANGSMITH_ENDPOINT": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]}

from langchain.agents import create_agent  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.retrievers import BaseRetriever  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_core.tracers.langchain import wait_for_all_tracers  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from langsmith import traceable  # noqa: E402

from common import DOCUMENTS, QUESTION, SESSION, SYSTEM, USER, get_weather as weather, tracing  # noqa: E402

provider = tracing()


class Notes(BaseRetriever):
    """Finds every document."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(text, metadata={"source": f"note-{n}"}) for n, text in enumerate(DOCUMENTS)]


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return weather(city)


@traceable(run_type="chain", name="answer", tags=["demo"])
def answer(question: str) -> str:
    Notes().invoke(question)
    graph = create_agent(ChatOpenAI(model="gpt-4o-mini"), [get_weather], system_prompt=SYSTEM, name="weather")
    config = {"metadata": {"session_id": SESSION, "user_id": USER}}
    return graph.invoke({"messages": [("user", QUESTION)]}, config)["messages"][-1].content


answer("Is Kyoto dry?", langsmith_extra={"metadata": {"session_id": SESSION, "user_id": USER}})
for _ in ChatOpenAI(model="gpt-5-mini", stream_usage=True, use_responses_api=False).stream("Say good night"):
    pass
wait_for_all_tracers()
from langsmith.run_trees import get_cached_client  # noqa: E402

get_cached_client().flush()
provider.shutdown()
