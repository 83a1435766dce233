"""Sends traces of an agent with MLflow's own client to the experiment `clients`, and hostile ones to `hostile`."""

import mlflow
from mlflow.entities import AssessmentSource, Document, SpanType

HOSTILE = [
    "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x00\x08 bell",
    "\u202egnp.exe\u202c \u2066mixed\u2069 \u200frtl שלום",
    "[click](javascript:document.title='hacked') ![x](https://attacker.example/beacon.png) <https://attacker.example>",
    "k" * 5000,
]


def answer(question: str, session: str, fail: bool) -> None:
    with mlflow.start_span("support_agent", span_type=SpanType.AGENT) as root:
        root.set_inputs({"messages": [{"role": "user", "content": question}]})
        mlflow.update_current_trace(
            tags={"env": "prod"},
            metadata={"mlflow.trace.session": session, "mlflow.trace.user": "u-1"},
        )
        try:
            with mlflow.start_span("search_docs", span_type=SpanType.RETRIEVER) as span:
                span.set_inputs({"query": question})
                if fail:
                    raise TimeoutError("vector store timed out after 5000 ms (shard 3/8)")
                span.set_outputs([Document("Rotate keys under Settings.", {"doc_uri": "kb/keys.md", "score": 0.83}, "d1")])
        except TimeoutError:
            pass
        with mlflow.start_span("ChatCompletion", span_type=SpanType.CHAT_MODEL) as span:
            span.set_inputs({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}]})
            span.set_outputs({"choices": [{"message": {"role": "assistant", "content": "Go to **Settings**, then rotate."}}]})
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 400, "output_tokens": 60, "total_tokens": 460})
            span.set_attribute("mlflow.llm.model", "gpt-4o-mini")
        root.set_outputs("Go to **Settings**, then rotate.")


def main() -> None:
    mlflow.set_experiment("clients")
    for number in range(12):
        answer(f"How do I reset my API key? ({number})", f"s-{number // 4}", fail=number % 5 == 0)
    mlflow.flush_trace_async_logging()
    for at, trace in enumerate(mlflow.search_traces(return_type="list")):
        mlflow.log_feedback(
            trace_id=trace.info.trace_id, name="user_thumbs", value=at % 3 != 0, rationale="as seen by the user",
            source=AssessmentSource(source_type="HUMAN", source_id="u-1"),
        )

    mlflow.set_experiment("hostile")
    for number, text in enumerate(HOSTILE):
        with mlflow.start_span(text, span_type=SpanType.LLM) as span:
            span.set_inputs({"messages": [{"role": "user", "content": text}], text: text})
            span.set_outputs(text)
            span.set_attribute(text, text)
            mlflow.update_current_trace(
                tags={f"evil-{number}": text[:1000]}, metadata={"mlflow.trace.session": text[:200], "mlflow.trace.user": text[:200]},
            )
        trace_id = mlflow.get_last_active_trace_id()
        mlflow.flush_trace_async_logging()
        mlflow.log_feedback(trace_id=trace_id, name=text[:200], value=text[:1000], rationale=text)
    mlflow.flush_trace_async_logging()


if __name__ == "__main__":
    main()
