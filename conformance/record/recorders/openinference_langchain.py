"""OpenInference by openinference-instrumentation-langchain: a retriever, a chain, a tool-calling agent, a stream."""

from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor

from common import DOCUMENTS, QUESTION, SESSION, SYSTEM, USER, get_weather as weather, tracing

provider = tracing()
LangChainInstrumentor().instrument(tracer_provider=provider)


class Notes(BaseRetriever):
    """Finds the documents that name a word of the question."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(text, metadata={"source": f"note-{n}", "score": 0.9 - n / 10}, id=f"doc-{n}")
                for n, text in enumerate(DOCUMENTS)]


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return weather(city)


model = ChatOpenAI(model="gpt-4o-mini", temperature=0.2)
prompt = ChatPromptTemplate.from_messages([("system", "Use these notes: {notes}"), ("user", "{question}")])
chain = {"notes": Notes(), "question": RunnablePassthrough()} | prompt | model | StrOutputParser()
agent = create_agent(model, [get_weather], system_prompt=SYSTEM, name="weather")

with using_attributes(session_id=SESSION, user_id=USER):
    chain.invoke("Is Kyoto dry?")
    agent.invoke({"messages": [("user", QUESTION)]})
    for _ in ChatOpenAI(model="gpt-5-mini", stream_usage=True, use_responses_api=False).stream("Say good night"):
        pass
provider.shutdown()
