"""`genai.evaluate` with a judge of `make_judge`, whose model is the tests' OpenAI-compatible server."""

import mlflow
from mlflow.genai.judges import make_judge
from mlflow.genai.scorers import list_scorers, scorer

ROWS = [
    {"inputs": {"question": "one"}, "outputs": "Gladly. [result: polite] [rationale: It says gladly.]"},
    {"inputs": {"question": "two"}, "outputs": "No. [result: rude] [rationale: One word.]"},
    {"inputs": {"question": "three"}, "outputs": "[no JSON]"},
]


@scorer
def length(outputs) -> int:
    return len(outputs)


def test_a_judge_rates_every_case_and_its_failure_is_kept(stub, experiment, monkeypatch, traces_of):
    monkeypatch.setenv("OPENAI_API_BASE", stub.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    judge = make_judge(
        name="tone",
        instructions="Is the answer {{ outputs }} to {{ inputs }} polite or rude?",
        model="openai:/stub-chat-1",
        feedback_value_type=str,
    )
    judge.register(experiment_id=experiment)
    assert [one.name for one in list_scorers(experiment_id=experiment)] == ["tone"]
    result = mlflow.genai.evaluate(data=ROWS, scorers=[judge, length])
    traces = traces_of(experiment)
    assert {trace.info.request_metadata["mlflow.sourceRun"] for trace in traces} == {result.run_id}
    tones = {}
    for trace in traces:
        tone = next(one for one in trace.info.assessments if one.name == "tone")
        # The client names the failed call of a judge as code.
        assert tone.source.source_type == ("CODE" if tone.error else "LLM_JUDGE")
        tones[trace.data.request] = (tone.value, tone.rationale, tone.error is not None)
    assert tones == {
        '{"question": "one"}': ("polite", "It says gladly.", False),
        '{"question": "two"}': ("rude", "One word.", False),
        '{"question": "three"}': (None, None, True),
    }
    assert mlflow.get_run(result.run_id).data.metrics["length/mean"] > 0
