"""Google ADK's own spans: an agent with a tool on Gemini. The environment selects the version of its format."""

import asyncio

from google.adk.agents import LlmAgent
from google.adk.runners import InMemoryRunner
from google.genai import types

from common import QUESTION, SYSTEM, USER, logging, tracing

provider = tracing()
logs = logging()


def get_weather(city: str) -> dict:
    """The weather of a city."""
    return {"city": city, "sky": "clear", "celsius": 21}


async def main() -> None:
    agent = LlmAgent(name="weather", model="gemini-2.5-flash", instruction=SYSTEM, tools=[get_weather],
                     description="Tells the weather")
    runner = InMemoryRunner(agent=agent, app_name="weather-agent")
    session = await runner.session_service.create_session(app_name="weather-agent", user_id=USER, session_id="session-42")
    question = types.Content(role="user", parts=[types.Part(text=QUESTION)])
    async for _ in runner.run_async(user_id=USER, session_id=session.id, new_message=question):
        pass


asyncio.run(main())
provider.shutdown()
logs.shutdown()
