"""An experiment with something to show on every page; prints its ids."""

import json

import mlflow
from mlflow.entities import SpanType

EXPERIMENT = "support agent"
ROWS = [{"inputs": {"question": text}, "expectations": {"expected_response": text.upper()}} for text in ("keys", "bill", "plan")]


@mlflow.trace(span_type=SpanType.AGENT)
def agent(question: str) -> str:
    with mlflow.start_span("search", span_type=SpanType.TOOL) as span:
        span.set_inputs({"query": question})
        span.set_outputs(["doc 1"])
    with mlflow.start_span("model", span_type=SpanType.CHAT_MODEL) as span:
        span.set_inputs({"messages": [{"role": "user", "content": question}]})
        span.set_outputs({"choices": [{"message": {"role": "assistant", "content": question.upper()}}]})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 40, "output_tokens": 6, "total_tokens": 46})
        span.set_attribute("mlflow.llm.model", "gpt-4o-mini")
    return question.upper()


def turns() -> list[str]:
    """Three sessions of two traces each, made by two versions of the agent; one trace failed."""
    ids = []
    for number in range(6):
        if number % 3 == 0:
            mlflow.set_active_model(name=f"agent-v{number // 3 + 1}")
        with mlflow.start_span("turn", span_type=SpanType.AGENT) as root:
            root.set_inputs({"messages": [{"role": "user", "content": f"question {number}"}]})
            mlflow.update_current_trace(metadata={"mlflow.trace.session": f"s-{number // 2}", "mlflow.trace.user": "ann"}, tags={"env": "prod"})
            root.set_outputs({"choices": [{"message": {"role": "assistant", "content": agent(f"question {number}")}}]})
            if number == 5:
                root.set_status("ERROR")
        ids.append(root.trace_id)
    mlflow.flush_trace_async_logging()
    for number, trace_id in enumerate(ids):
        mlflow.log_feedback(trace_id=trace_id, name="is_correct", value=number % 2 == 0, rationale="as a person saw it")
        mlflow.log_expectation(trace_id=trace_id, name="expected_response", value=f"QUESTION {number}")
    return ids


def evaluations(dataset) -> list[str]:
    from mlflow.genai.scorers import scorer

    @scorer
    def exact(outputs, expectations) -> bool:
        return outputs == expectations["expected_response"]

    @scorer
    def length(outputs) -> int:
        return len(outputs)

    versions = (agent, lambda question: f"{agent(question)}!")
    return [mlflow.genai.evaluate(data=dataset, predict_fn=version, scorers=[exact, length]).run_id for version in versions]


def review(traces: list[str]) -> str:
    from mlflow.genai import label_schemas, review_queues

    schema = label_schemas.create_label_schema(
        "polite", type="feedback", input=label_schemas.InputPassFail(positive_label="Polite", negative_label="Rude"))
    queue = review_queues.create_review_queue("First look", queue_type="custom", users=["ann"], schema_ids=[schema.schema_id])
    review_queues.add_items_to_review_queue(queue.queue_id, item_ids=traces[:3])
    return queue.queue_id


def main() -> None:
    experiment = mlflow.set_experiment(EXPERIMENT).experiment_id
    traces = turns()
    dataset = mlflow.genai.datasets.create_dataset(name="golden", experiment_id=[experiment])
    dataset.merge_records(ROWS)
    runs = evaluations(dataset)
    with mlflow.start_run(run_name="tuning") as tuning:
        mlflow.log_param("temperature", 0.2)
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_text("a note", "notes/note.txt")
    for template in ("Answer {{question}}", "Answer {{question}} briefly"):
        mlflow.genai.register_prompt(name="answer", template=template)
    mlflow.genai.set_prompt_alias("answer", alias="production", version=1)
    judge = mlflow.genai.make_judge(name="polite", instructions="Is {{ outputs }} polite?", model="openai:/gpt-4o-mini", feedback_value_type=bool)
    judge.register(experiment_id=experiment)
    store = mlflow.MlflowClient()._tracking_client.store
    store.create_issue(experiment, "slow", "takes long", created_by="ann")
    ids = {"experiment": experiment, "trace": traces[0], "dataset": dataset.dataset_id, "run": runs[0], "other_run": runs[1],
           "tuning": tuning.info.run_id, "queue": review(traces), "model": mlflow.search_logged_models(output_format="list")[0].model_id}
    print("ANSWER " + json.dumps(ids))


if __name__ == "__main__":
    main()
