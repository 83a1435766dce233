"""A FastAPI agent as in production: every request can be found, with its feedback."""

import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import mlflow
import pytest
from conftest import APPS
from kit.poll import eventually
from kit.server import free_port, is_reference
from mlflow.entities import SpanType
from tree import tree

REQUESTS = 40
THREADS = 8
SESSIONS = 5
USERS = 4


class Agent:
    """The app in its own process, with the requests of its callers."""

    def __init__(self, env: dict[str, str], log):
        self.url = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, str(APPS / "chat_agent.py"), self.url.rsplit(":", 1)[1]]
        self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, "the agent ended while starting"
        try:
            return httpx.get(f"{self.url}/ready", timeout=1).is_success
        except httpx.TransportError:
            return False

    def chat(self, one: dict) -> str:
        answer = httpx.post(
            f"{self.url}/chat",
            json={"text": one["text"]},
            headers={"x-request-id": one["request"], "x-session-id": one["session"], "x-user-id": one["user"]},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["answer"]

    def feedback(self, one: dict) -> str | None:
        """The id of the trace that got feedback, or None while the server does not have its request yet."""
        answer = httpx.post(
            f"{self.url}/feedback",
            json={"request_id": one["request"], "helpful": one["helpful"], "comment": one["text"]},
            headers={"x-user-id": one["user"]},
            timeout=60,
        )
        assert answer.status_code in (200, 404), answer.text
        return answer.json().get("trace_id")


@pytest.fixture(params=["plain", "databricks"])
def agent(request, server, app_env, stub, tmp_path):
    if request.param == "databricks" and is_reference():
        pytest.skip("MLflow's own server does not speak this form")
    name = f"/Shared/agent-{uuid.uuid4().hex[:12]}"
    env = app_env(
        request.param,
        MLFLOW_EXPERIMENT_NAME=name,
        OPENAI_BASE_URL=stub.base_url,
        APP_ENVIRONMENT="production",
        APP_VERSION="1.4.2",
    )
    with open(tmp_path / "agent.log", "w") as log:
        running = Agent(env, log)
    running.experiment_name = name
    try:
        assert eventually(running.is_ready, seconds=60), (tmp_path / "agent.log").read_text()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(30)


def conversations() -> list[dict]:
    tag = uuid.uuid4().hex[:8]
    topics = ["refund please", "delivery when", "neither of them"]
    return [
        {
            "request": f"req-{tag}-{number}",
            "session": f"session-{tag}-{number % SESSIONS}",
            "user": f"user-{tag}-{number % USERS}",
            "text": f"{topics[number % 3]} {number}",
            "helpful": number % 3 != 0,
        }
        for number in range(REQUESTS)
    ]


def test_every_request_is_found_by_its_id_session_and_user_with_its_feedback(agent, server, monkeypatch):
    asked = conversations()
    with ThreadPoolExecutor(THREADS) as callers:
        answers = list(callers.map(agent.chat, asked))
        judged = list(callers.map(lambda one: eventually(lambda: agent.feedback(one), seconds=30), asked))
    assert answers == [f"You said: {one['text']}" for one in asked]
    assert len(set(judged)) == REQUESTS, "each request has a trace of its own"

    # This process reads in plain form, whatever form the agent used.
    if server.access_token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.access_token)
    mlflow.set_tracking_uri(server.url)
    experiment = mlflow.get_experiment_by_name(agent.experiment_name).experiment_id

    def search(filter: str) -> list:
        return mlflow.search_traces(locations=[experiment], filter_string=filter, return_type="list")

    assert len(search("")) == REQUESTS
    for one, trace_id in zip(asked, judged):
        [trace] = search(f"client_request_id = '{one['request']}'")
        assert trace.info.trace_id == trace_id
        check(trace, one)
    for key, entity in (("session", "session"), ("user", "user")):
        for name in {one[key] for one in asked}:
            found = search(f"metadata.`mlflow.trace.{entity}` = '{name}'")
            wanted = sorted(one["request"] for one in asked if one[key] == name)
            assert sorted(trace.info.client_request_id for trace in found) == wanted
    helpful = search("feedback.helpful = 'true' AND metadata.`app.version` = '1.4.2'")
    assert len(helpful) == sum(one["helpful"] for one in asked)


def check(trace, one: dict):
    """Checks that the trace has the data of its caller and of its environment."""
    info = trace.info
    assert info.state.value == "OK"
    assert info.trace_metadata["mlflow.trace.session"] == one["session"]
    assert info.trace_metadata["mlflow.trace.user"] == one["user"]
    assert info.trace_metadata["mlflow.source.type"] == "production"
    assert info.trace_metadata["app.version"] == "1.4.2"
    assert info.tags["topic"] == one["text"].split()[0]
    assert tree(trace) == [
        [
            "answer_question",
            SpanType.AGENT,
            [["retrieve", SpanType.RETRIEVER, []], ["AsyncCompletions", SpanType.CHAT_MODEL, []]],
        ]
    ]
    [assessment] = info.assessments
    assert (assessment.name, assessment.feedback.value) == ("helpful", one["helpful"])
    assert assessment.rationale == one["text"]
    assert (assessment.source.source_type, assessment.source.source_id) == ("HUMAN", one["user"])
