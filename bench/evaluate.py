"""Evaluates a function and fills a dataset with MLflow's own client, as a user would, and prints the durations.

Runs in a virtual environment that has mlflow; the server is `MLFLOW_TRACKING_URI`. Arguments: cases, records.
"""

import json
import os
import statistics
import sys
import time
import urllib.parse
import urllib.request

import mlflow
from mlflow.genai.datasets import create_dataset
from mlflow.genai.scorers import scorer

PAGE_RECORDS = 100
PAGES_MAX = 100


@scorer
def exact(outputs, expectations):
    return outputs == expectations["expected_response"]


@scorer
def length(outputs):
    return len(outputs)


@scorer
def names_topic(inputs, outputs):
    return inputs["topic"] in outputs


def predict(question: str, topic: str) -> str:
    return f"About {topic}: {question[::-1]}"


def cases(count: int) -> list[dict]:
    topics = ["returns", "shipping", "tyres", "brakes", "batteries"]
    made = []
    for n in range(count):
        inputs = {"question": f"What about order {n:06d}, bought on day {n % 365}?", "topic": topics[n % 5]}
        expected = predict(**inputs) if n % 3 else "something else"
        made.append({"inputs": inputs, "expectations": {"expected_response": expected}})
    return made


def evaluate_s(count: int) -> tuple[float, int]:
    """The duration, and the number of traces that arrived."""
    began = time.perf_counter()
    result = mlflow.genai.evaluate(data=cases(count), predict_fn=predict, scorers=[exact, length, names_topic])
    seconds = time.perf_counter() - began
    return seconds, len(mlflow.search_traces(run_id=result.run_id, max_results=count + 1, include_spans=False))


def read_pages(dataset_id: str) -> tuple[list[float], int]:
    """The duration of each page, and the number of records."""
    address = f"{os.environ['MLFLOW_TRACKING_URI']}/api/3.0/mlflow/datasets/{dataset_id}/records"
    seconds, records, token = [], 0, None
    while len(seconds) < PAGES_MAX:
        query = {"max_results": PAGE_RECORDS} | ({"page_token": token} if token else {})
        began = time.perf_counter()
        with urllib.request.urlopen(f"{address}?{urllib.parse.urlencode(query)}", timeout=60) as reply:
            page = json.load(reply)
        seconds.append(time.perf_counter() - began)
        records += len(json.loads(page["records"]))
        token = page.get("next_page_token")
        if not token:
            break
    return seconds, records


def main(count: int, records: int) -> None:
    experiment = mlflow.set_experiment("evaluate")
    evaluate_s(5)  # a warm-up for imports and connections
    evaluated_s, arrived = evaluate_s(count)
    dataset = create_dataset(name="bench", experiment_id=experiment.experiment_id)
    began = time.perf_counter()
    dataset.merge_records(cases(records))
    upsert_s = time.perf_counter() - began
    pages, read = read_pages(dataset.dataset_id)
    print(json.dumps({
        "cases": count, "arrived": arrived, "evaluate_s": evaluated_s, "records": records, "upsert_s": upsert_s,
        "read": read, "pages": len(pages), "pages_s": sum(pages), "page_p50_ms": statistics.median(pages) * 1e3,
    }))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
