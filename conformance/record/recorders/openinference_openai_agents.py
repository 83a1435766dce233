"""OpenInference by openinference-instrumentation-openai-agents: an agent with a tool, and a stream."""

import asyncio

import openai
from agents import Agent, Runner, function_tool
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

from common import QUESTION, SESSION, SYSTEM, USER, get_weather, tracing

provider = tracing()
# Replaces OpenAI's own tracing, which would send to OpenAI.
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider, exclusive_processor=True)
weather = Agent(name="weather", instructions=SYSTEM, model="gpt-5-mini", tools=[function_tool(get_weather)])
night = Agent(name="night", model="gpt-5-mini")


async def run() -> None:
    await Runner.run(weather, QUESTION)
    stream = Runner.run_streamed(night, "Say good night")
    async for _ in stream.stream_events():
        pass
    try:
        await Runner.run(night, "please fail")
    except openai.BadRequestError:
        pass


with using_attributes(session_id=SESSION, user_id=USER):
    asyncio.run(run())
provider.shutdown()
