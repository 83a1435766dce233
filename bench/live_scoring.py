"""Measures the time from the end of a trace to its feedback of a live judge, with MLflow's own client.

Runs in a virtual environment that has mlflow; the server is `MLFLOW_TRACKING_URI`. Arguments: traces per second,
seconds of traffic, seconds to wait for the last feedback, and the base URL of the model if the server's gateway has
no endpoint `bench` for it yet.
"""

import json
import math
import os
import sys
import threading
import time

# Otherwise the client collects spans for up to five seconds after their end.
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.genai import make_judge  # noqa: E402
from mlflow.genai.scorers import ScorerSamplingConfig  # noqa: E402

JUDGE = "good"
ENDPOINT = "bench"
# A trace is looked at after a hundredth of its age, so that looking costs little and is precise to one percent.
LOOK_AGE = 0.01
LOOK_SECONDS_MIN = 0.05


def create_endpoint(base_url: str) -> None:
    """Creates the endpoint in MLflow's gateway, from a secret and a model."""
    from mlflow.entities.gateway_endpoint import GatewayEndpointModelConfig, GatewayModelLinkageType
    from mlflow.tracking._tracking_service.utils import _get_store

    store = _get_store()
    secret = store.create_gateway_secret(ENDPOINT, {"api_key": "none"}, "openai", {"api_base": base_url})
    model = store.create_gateway_model_definition(ENDPOINT, secret.secret_id, "openai", "judge-1")
    linked = GatewayEndpointModelConfig(model.model_definition_id, GatewayModelLinkageType.PRIMARY)
    store.create_gateway_endpoint(ENDPOINT, [linked], usage_tracking=False)


def start_judge(experiment_id: str) -> None:
    judge = make_judge(name=JUDGE, instructions="Is {{ outputs }} good?", model=f"gateway:/{ENDPOINT}", feedback_value_type=str)
    judge.register(experiment_id=experiment_id).start(
        experiment_id=experiment_id, sampling_config=ScorerSamplingConfig(sample_rate=1.0))


class Traffic:
    """Sends traces at a steady rate, and notes when each ended."""

    def __init__(self, per_second: float, seconds: float) -> None:
        self.count, self.per_second = round(per_second * seconds), per_second
        self.ended: dict[str, float] = {}
        self.thread = threading.Thread(target=self.send, daemon=True)

    def send(self) -> None:
        began = time.monotonic()
        for number in range(self.count):
            time.sleep(max(0.0, began + number / self.per_second - time.monotonic()))
            with mlflow.start_span("agent") as span:
                span.set_inputs({"question": f"What about order {number}?"})
                span.set_outputs(f"It is on its way, with number {number}.")
            self.ended[span.trace_id] = time.monotonic()


def watch(experiment_id: str, traffic: Traffic, wait_seconds: float) -> dict[str, float]:
    """The delay of each feedback, until all have one or the wait is over."""
    client, delays, errors = MlflowClient(), {}, []
    while True:
        is_sent, now = not traffic.thread.is_alive(), time.monotonic()
        waiting = {trace: end for trace, end in dict(traffic.ended).items() if trace not in delays}
        oldest_s = max((now - end for end in waiting.values()), default=0.0)
        if (is_sent and not waiting) or wait_seconds < oldest_s:
            if errors or not delays:
                raise RuntimeError(f"the judge failed: {errors[0] if errors else 'no trace has feedback'}")
            return delays
        found = client.search_traces(locations=[experiment_id], max_results=500, include_spans=False)
        read_at = time.monotonic()
        for trace in found:
            given = [it for it in trace.info.assessments if it.name == JUDGE]
            errors += [it.error for it in given if it.error is not None]
            if given and trace.info.trace_id in waiting:
                delays[trace.info.trace_id] = read_at - waiting[trace.info.trace_id]
        time.sleep(max(LOOK_SECONDS_MIN, LOOK_AGE * oldest_s))


def percentile_ms(ascending: list[float], share: float) -> float:
    return ascending[math.ceil(share * len(ascending)) - 1] * 1e3


def main(per_second: float, seconds: float, wait_seconds: float, base_url: str | None = None) -> None:
    experiment_id = mlflow.set_experiment("live-scoring").experiment_id
    if base_url:
        create_endpoint(base_url)
    start_judge(experiment_id)
    traffic = Traffic(per_second, seconds)
    traffic.thread.start()
    delays = sorted(watch(experiment_id, traffic, wait_seconds).values())
    missing = traffic.count - len(delays)
    # A feedback that does not arrive counts as if it had arrived when the wait ended.
    delays += missing * [wait_seconds]
    print(json.dumps({
        "traces": traffic.count, "per_second": per_second, "missing": missing,
        "p50_ms": percentile_ms(delays, 0.5), "p99_ms": percentile_ms(delays, 0.99), "max_ms": percentile_ms(delays, 1.0),
    }))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:4]), *sys.argv[4:])
