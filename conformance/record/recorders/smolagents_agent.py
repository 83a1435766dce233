"""OpenInference by openinference-instrumentation-smolagents: an agent that calls tools until its final answer."""

from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import OpenAIModel, ToolCallingAgent, tool
from smolagents.agents import EMPTY_PROMPT_TEMPLATES

from common import QUESTION, SYSTEM, get_weather as weather, tracing

provider = tracing()
SmolagentsInstrumentor().instrument(tracer_provider=provider)


@tool
def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: A city's name.
    """
    return weather(city) + " Now use final_answer with clear"


ToolCallingAgent(tools=[get_weather], model=OpenAIModel("gpt-4o-mini"), max_steps=3, verbosity_level=0,
                 prompt_templates=EMPTY_PROMPT_TEMPLATES | {"system_prompt": SYSTEM}).run(QUESTION)
provider.shutdown()
