"""OpenInference by openinference-instrumentation-google-genai: Gemini with a tool and a picture, and a streamed answer."""

import base64

from google import genai
from google.genai import types
from openinference.instrumentation import using_attributes
from openinference.instrumentation.google_genai import GoogleGenAIInstrumentor

from common import PARAMETERS, QUESTION, SESSION, SYSTEM, USER, WEATHER, tracing

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
MODEL = "gemini-2.5-flash"

provider = tracing()
GoogleGenAIInstrumentor().instrument(tracer_provider=provider)
client = genai.Client()
tool = types.Tool(function_declarations=[types.FunctionDeclaration(
    name="get_weather", description="The weather of a city", parameters_json_schema=PARAMETERS)])
config = types.GenerateContentConfig(
    system_instruction=SYSTEM, tools=[tool], temperature=0.2,
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))

with using_attributes(session_id=SESSION, user_id=USER):
    picture = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
    history = [types.Content(role="user", parts=[picture, types.Part(text=QUESTION)])]
    asked = client.models.generate_content(model=MODEL, contents=history, config=config)
    call = asked.function_calls[0]
    history += [asked.candidates[0].content, types.Content(role="user", parts=[
        types.Part.from_function_response(name=call.name, response=WEATHER)])]
    client.models.generate_content(model=MODEL, contents=history, config=config)
    for _ in client.models.generate_content_stream(model=MODEL, contents="Say good night"):
        pass
provider.shutdown()
