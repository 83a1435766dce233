"""Strands' own spans: an agent with a tool. The environment selects the conventions."""

from common import QUESTION, SESSION, SYSTEM, USER, get_weather as weather, tracing

provider = tracing()

from strands import Agent, tool  # noqa: E402
from strands.models.openai import OpenAIModel  # noqa: E402


@tool
def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: A city's name.
    """
    return weather(city)


agent = Agent(name="weather", model=OpenAIModel(model_id="gpt-4o-mini", params={"temperature": 0.2}),
              system_prompt=SYSTEM, tools=[get_weather], callback_handler=None,
              trace_attributes={"session.id": SESSION, "user.id": USER})
agent(QUESTION)
provider.shutdown()
