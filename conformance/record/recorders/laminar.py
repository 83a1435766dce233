"""Laminar's SDK: observed functions, its OpenAI instrumentation, session and user."""

import os
from urllib.parse import urlparse

from lmnr import Instruments, Laminar, observe

collector = urlparse(os.environ.pop("OTEL_EXPORTER_OTLP_ENDPOINT"))
Laminar.initialize(project_api_key="none", base_url=f"http://{collector.hostname}", http_port=collector.port,
                   force_http=True, instruments={Instruments.OPENAI})

import openai  # noqa: E402

from common import QUESTION, SESSION, USER, chat_with_tool, embed, failing_chat, get_weather as weather, streamed_chat  # noqa: E402

client = openai.OpenAI(max_retries=0)


@observe(span_type="TOOL")
def get_weather(city: str) -> str:
    return weather(city)


@observe(name="weather agent", session_id=SESSION, user_id=USER, tags=["demo"], metadata={"team": "weather"})
def agent(question: str) -> str:
    return chat_with_tool(client, get_weather)


agent(QUESTION)
streamed_chat(client)
embed(client)
failing_chat(client)
Laminar.flush()
Laminar.shutdown()
