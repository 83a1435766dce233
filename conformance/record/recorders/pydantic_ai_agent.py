"""Pydantic AI's own instrumentation: an agent with a tool, a streamed run, embeddings."""

import asyncio

from pydantic_ai import Agent, InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel

from common import QUESTION, SESSION, SYSTEM, get_weather, tracing

provider = tracing()
Agent.instrument_all(InstrumentationSettings(include_content=True))
agent = Agent(OpenAIChatModel("gpt-4o-mini"), name="weather", instructions=SYSTEM, tools=[get_weather])


async def streamed() -> None:
    async with Agent(OpenAIResponsesModel("gpt-5-mini"), name="good_night").run_stream("Say good night") as run:
        async for _ in run.stream_text():
            pass


agent.run_sync(QUESTION, conversation_id=SESSION)
asyncio.run(streamed())
provider.shutdown()
