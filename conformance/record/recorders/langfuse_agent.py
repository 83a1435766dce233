"""Langfuse's SDK: nested observations, its OpenAI wrapper, session and user."""

from langfuse import Langfuse, propagate_attributes

from common import DOCUMENTS, QUESTION, SESSION, USER, chat_with_tool, embed, endpoint, failing_chat, get_weather, streamed_chat

langfuse = Langfuse(public_key="pk-none", secret_key="sk-none", base_url=endpoint(""), environment="demo",
                    release="1.0.0")

from langfuse.openai import openai  # noqa: E402

client = openai.OpenAI(max_retries=0)


def traced_weather(city: str) -> str:
    with langfuse.start_as_current_observation(as_type="tool", name="get_weather", input={"city": city}) as span:
        result = get_weather(city)
        span.update(output=result)
        return result


with propagate_attributes(user_id=USER, session_id=SESSION, tags=["demo"], metadata={"team": "weather"},
                          trace_name="weather", version="v1"):
    with langfuse.start_as_current_observation(as_type="agent", name="weather agent", input=QUESTION) as agent:
        with langfuse.start_as_current_observation(as_type="retriever", name="notes", input="Kyoto") as found:
            found.update(output=DOCUMENTS)
        agent.update(output=chat_with_tool(client, traced_weather))
    streamed_chat(client)
    embed(client)
    failing_chat(client)
    with langfuse.start_as_current_observation(
            as_type="generation", name="by hand", model="claude-sonnet-4-5", input=[{"role": "user", "content": "Hello"}],
            model_parameters={"temperature": 0.2}) as generation:
        generation.update(output="Good day", usage_details={
            "input": 12, "output": 3, "cache_read_input_tokens": 1024, "cache_creation_input_tokens": 256, "total": 1295},
            cost_details={"input": 0.00004, "output": 0.00005, "total": 0.00009})
langfuse.flush()
langfuse.shutdown()
