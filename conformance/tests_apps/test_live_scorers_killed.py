"""A server that is killed at random moments while judges run: nothing is lost, and no answer is asked for twice."""

import json
import random
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
import pytest
from mlflow.genai import make_judge
from mlflow.genai.scorers import ScorerSamplingConfig

from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server scores after minutes")

TRACES_OF_ROUND = 5
ANSWERS_AFTER_SECONDS_MAX = 0.15
# An answer that left the model shortly before the kill may have been on its way still.
ON_ITS_WAY_SECONDS = 0.1


class CountingModel:
    """A model with OpenAI's interface that notes when it answered about which trace."""

    def __init__(self, random_: random.Random):
        model = self
        # The marker and the time of each request; and the same of each answer, with its own time.
        self.requests, self.answers = [], []
        self.lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                marker = re.search(r"marker-\d+", body).group()
                asked = time.monotonic()
                with model.lock:
                    model.requests.append((marker, asked))
                    delay = random_.uniform(0, ANSWERS_AFTER_SECONDS_MAX)
                time.sleep(delay)
                said = json.dumps({"result": marker, "rationale": "Seen."})
                answer = json.dumps({
                    "choices": [{"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
                }).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    return
                with model.lock:
                    model.answers.append((marker, asked, time.monotonic()))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("rounds", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_server_loses_no_judgement_and_repeats_no_answered_question(tmp_path, monkeypatch, rounds):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    model = CountingModel(random_)
    config = tmp_path / "kansoku.toml"
    config.write_text(
        f'judge_model = "gateway:/counting"\n[endpoints.counting]\nprovider = "openai-compatible"\n'
        f'model = "m"\nbase_url = "{model.base_url}"\nmax_concurrent = 4\n'
    )
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    server = Server(tmp_path / "data", ("--config", str(config))).start()
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server.url)
    try:
        experiment = mlflow.set_experiment(f"killed-{uuid.uuid4().hex[:8]}").experiment_id
        judge = make_judge(name="seen", instructions="Which marker? {{ outputs }}", model="gateway:/counting", feedback_value_type=str)
        judge.register(experiment_id=experiment).start(sampling_config=ScorerSamplingConfig(sample_rate=1.0))
        traces, kills = {}, []
        for _ in range(rounds):
            for _ in range(TRACES_OF_ROUND):
                marker = f"marker-{len(traces)}"
                with mlflow.start_span("agent") as span:
                    span.set_outputs(marker)
                traces[marker] = span.trace_id
            mlflow.flush_trace_async_logging()
            # Traces settle for a second, and then their judges run.
            time.sleep(random_.uniform(0.9, 1.6))
            kills.append(time.monotonic())
            server.kill()
            server.start()
        for marker, trace in traces.items():
            found = eventually(lambda trace=trace: mlflow.get_trace(trace).info.assessments, seconds=60)
            assert [one.value for one in found] == [marker]
    finally:
        mlflow.flush_trace_async_logging()
        mlflow.set_tracking_uri(before)
        server.stop()
        model.close()

    def is_received(asked: float, answered: float) -> bool:
        return not any(asked <= kill < answered + ON_ITS_WAY_SECONDS for kill in kills)

    received = {}
    for marker, asked, answered in model.answers:
        if is_received(asked, answered):
            received.setdefault(marker, answered)
    print(f"{len(traces)} traces, {rounds} kills, {len(model.requests)} questions, {len(model.answers)} answers")
    repeated = [marker for marker, asked in model.requests if received.get(marker, asked) < asked]
    assert not repeated, f"asked again after an answer: {repeated}"
    assert {marker for marker, _ in model.requests} == set(traces)
