"""Traces a small agent with MLflow's own client, as a user would, and prints the throughput.

Runs in a virtual environment that has mlflow; the server is `MLFLOW_TRACKING_URI`.
"""

import json
import random
import sys
import time

import mlflow

WORDS = "order invoice parcel refund delivery account contract region customer ticket policy review".split()


def text(size: int) -> str:
    made = ""
    while len(made) < size:
        made += f"{random.choice(WORDS)} {random.randrange(100_000)} "
    return made


@mlflow.trace(span_type="RETRIEVER")
def search(question: str) -> list[dict]:
    return [{"page_content": text(300), "metadata": {"doc_uri": f"kb/{at}.md"}} for at in range(3)]


@mlflow.trace(span_type="TOOL")
def look_up(customer: str, note: str) -> dict:
    return {"ok": True, "result": text(700)}


@mlflow.trace(span_type="CHAT_MODEL")
def complete(messages: list[dict]) -> dict:
    return {"choices": [{"message": {"role": "assistant", "content": text(500)}}]}


@mlflow.trace(name="support_agent", span_type="AGENT")
def answer(question: str) -> str:
    mlflow.update_current_trace(tags={"env": "production"}, metadata={"mlflow.trace.session": f"s-{len(question)}"})
    found = search(question)
    intent = complete([{"role": "user", "content": question}])
    known = look_up("Aiko Tanaka", text(300))
    draft = complete([{"role": "system", "content": found[0]["page_content"]}, {"role": "user", "content": question}])
    look_up("Aiko Tanaka", known["result"][:300])
    return draft["choices"][0]["message"]["content"] + intent["choices"][0]["message"]["content"]


def arrived(experiment_id: str) -> int:
    client, count, token = mlflow.MlflowClient(), 0, None
    while True:
        page = client.search_traces(locations=[experiment_id], max_results=500, page_token=token, include_spans=False)
        count, token = count + len(page), page.token
        if not token:
            return count


def main(traces: int) -> None:
    random.seed(1)
    experiment_id = mlflow.set_experiment("stock-client").experiment_id
    answer(text(180))  # a warm-up for imports and connections
    mlflow.flush_trace_async_logging()
    before = arrived(experiment_id)
    began = time.perf_counter()
    for _ in range(traces):
        answer(text(180))
    called_s = time.perf_counter() - began
    mlflow.flush_trace_async_logging()
    seconds = time.perf_counter() - began
    print(json.dumps({
        "traces": traces, "arrived": arrived(experiment_id) - before, "seconds": seconds,
        "called_s": called_s, "traces_per_s": traces / seconds,
    }))


if __name__ == "__main__":
    main(int(sys.argv[1]))
