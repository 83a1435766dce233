"""LiveKit's agent session on text, without a room: a question with a tool, its turns and model calls."""

import asyncio

from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.telemetry import set_tracer_provider
from livekit.plugins import openai

from common import QUESTION, SESSION, SYSTEM, get_weather as weather, tracing

provider = tracing()
set_tracer_provider(provider, metadata={"session.id": SESSION})


class Weather(Agent):
    def __init__(self):
        super().__init__(instructions=SYSTEM)

    @function_tool
    async def get_weather(self, city: str) -> str:
        """The weather of a city."""
        return weather(city)


async def main() -> None:
    async with AgentSession(llm=openai.LLM(model="gpt-4o-mini")) as session:
        await session.start(Weather())
        await session.run(user_input=QUESTION)


asyncio.run(main())
provider.shutdown()
