"""The newest GenAI conventions: opentelemetry-instrumentation-google-genai, and opentelemetry-util-genai by hand.

The package traces Gemini calls; the workflow, agent, retrieval and tool
around them are traced as a framework would, with the same library.
"""

from google import genai
from google.genai import types
from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor
from opentelemetry.util.genai.handler import TelemetryHandler
from opentelemetry.util.genai.types import InputMessage, OutputMessage, RetrievalDocument, Text

from common import PARAMETERS, QUESTION, SESSION, SYSTEM, WEATHER, logging, tracing

provider = tracing()
logs = logging()
GoogleGenAiSdkInstrumentor().instrument(tracer_provider=provider, logger_provider=logs)
telemetry = TelemetryHandler(tracer_provider=provider, logger_provider=logs)
client = genai.Client()
tool = types.Tool(function_declarations=[types.FunctionDeclaration(
    name="get_weather", description="The weather of a city", parameters_json_schema=PARAMETERS)])
config = types.GenerateContentConfig(
    system_instruction=SYSTEM, tools=[tool], temperature=0.2, max_output_tokens=200,
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))


def find(query: str) -> None:
    with telemetry.retrieval(data_source_id="notes", provider="pgvector") as found:
        found.top_k = 2
        found.query_text = query
        found.documents = [RetrievalDocument(id="note-0", score=0.9), RetrievalDocument(id="note-1", score=0.8)]


def ask(question: str) -> str:
    history = [types.Content(role="user", parts=[types.Part(text=question)])]
    asked = client.models.generate_content(model="gemini-2.5-flash", contents=history, config=config)
    call = asked.function_calls[0]
    with telemetry.tool("get_weather", tool_type="function", agent_name="weather") as used:
        used.tool_call_id = "call-1"
        used.arguments = dict(call.args)
        used.tool_result = WEATHER
    history += [asked.candidates[0].content, types.Content(role="user", parts=[
        types.Part.from_function_response(name=call.name, response=WEATHER)])]
    return client.models.generate_content(model="gemini-2.5-flash", contents=history, config=config).text


with telemetry.workflow("weather_workflow", conversation_id=SESSION) as flow:
    flow.input_messages = [InputMessage(role="user", parts=[Text(content=QUESTION)])]
    with telemetry.invoke_local_agent(agent_name="weather", request_model="gemini-2.5-flash") as agent:
        agent.input_messages = flow.input_messages
        find("Kyoto")
        answer = ask(QUESTION)
        agent.output_messages = [OutputMessage(role="assistant", parts=[Text(content=answer)], finish_reason="stop")]
    flow.output_messages = agent.output_messages
for _ in client.models.generate_content_stream(model="gemini-2.5-flash", contents="Say good night"):
    pass
provider.shutdown()
logs.shutdown()
