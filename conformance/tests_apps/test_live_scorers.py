"""Scorers that the server runs on live traces: registered and started by MLflow's client."""

import uuid

import mlflow
import pytest
from mlflow.genai import make_judge
from mlflow.genai.scorers import ConversationCompleteness, Guidelines, ScorerSamplingConfig, list_scorers

from kit.api import call
from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server scores after minutes")

ALL = ScorerSamplingConfig(sample_rate=1.0)


@pytest.fixture(scope="module")
def judging(stub, tmp_path_factory):
    """A server whose settings name the stub as an endpoint."""
    config = tmp_path_factory.mktemp("config") / "kansoku.toml"
    config.write_text(
        f'judge_model = "gateway:/stub"\nsession_idle_s = 2\n[endpoints.stub]\nprovider = "openai-compatible"\n'
        f'model = "stub-chat-1"\nbase_url = "{stub.base_url}"\n'
    )
    server = Server(tmp_path_factory.mktemp("judging") / "data", ("--config", str(config))).start()
    yield server
    server.stop()


@pytest.fixture
def judged(judging, monkeypatch) -> str:
    """The id of a new experiment of that server."""
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(judging.url)
    yield mlflow.set_experiment(f"live-{uuid.uuid4().hex[:12]}").experiment_id
    mlflow.flush_trace_async_logging()
    mlflow.set_tracking_uri(before)


def ask(question: str, answer: str, session: str | None = None) -> str:
    """One request of an agent; returns the trace's id."""
    with mlflow.start_span("agent", span_type="AGENT") as span:
        span.set_inputs({"question": question})
        span.set_outputs(answer)
        if session is not None:
            mlflow.update_current_trace(metadata={"mlflow.trace.session": session})
    mlflow.flush_trace_async_logging()
    return span.trace_id


def feedback(trace_id: str, name: str):
    found = [one for one in mlflow.get_trace(trace_id).info.assessments if one.name == name]
    assert len(found) < 2, "the scorer assessed the trace twice"
    return found[0] if found else None


def scored(trace_id: str, name: str):
    """The feedback of a scorer, when it is there."""
    return eventually(lambda: feedback(trace_id, name), seconds=30)


def scorers(server: Server, experiment: str, path: str, body: dict | None = None) -> dict:
    """One of Kansoku's own routes for scorers."""
    return call(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/scorers{path}", body)


def create_check(server: Server, experiment: str, name: str, check: dict) -> None:
    assert scorers(server, experiment, "", {"name": name, "check": check})["kind"] == "check"


def start_check(server: Server, experiment: str, name: str, rate: float) -> None:
    body = {"experiment_id": experiment, "name": name, "sample_rate": rate}
    call(f"{server.url}/api/3.0/mlflow/scorers/online-config", body, "PUT")


def test_judges_and_checks_score_what_agents_send(judging, judged):
    tone = make_judge(
        name="tone",
        instructions="Is the answer {{ outputs }} to {{ inputs }} polite or rude?",
        model="gateway:/stub",
        feedback_value_type=str,
    )
    tone.register(experiment_id=judged).start(sampling_config=ALL)
    rule = Guidelines(name="rule", guidelines=["Be short."], model="gateway:/stub")
    rule.register(experiment_id=judged).start(
        sampling_config=ScorerSamplingConfig(sample_rate=1.0, filter_string="trace.status = 'OK'")
    )
    create_check(judging, judged, "pii", {"type": "pii", "max": 0})
    start_check(judging, judged, "pii", 1.0)
    # The check is not shown to clients that cannot read it.
    assert [one.name for one in list_scorers(experiment_id=judged)] == ["rule", "tone"]

    polite = ask("one", "Gladly, write to a@example.com. [result: yes] [rationale: It says gladly.]")
    found = scored(polite, "tone")
    assert (found.value, found.rationale, found.error) == ("yes", "It says gladly.", None)
    assert (found.source.source_type, found.source.source_id) == ("LLM_JUDGE", "gateway:/stub")
    assert found.metadata["mlflow.assessment.scorerName"] == "tone"
    assert found.metadata["mlflow.assessment.scorerVersion"] == "1"
    assert int(found.metadata["mlflow.assessment.judgeInputTokens"]) > 0
    assert scored(polite, "rule").value == "yes"
    pii = scored(polite, "pii")
    assert (pii.value, pii.source.source_type) == ("no", "CODE")
    assert "a@example.com" not in pii.rationale

    judge_trace = eventually(lambda: mlflow.get_trace(found.metadata["mlflow.assessment.scorerTraceId"]))
    assert [(span.name, span.span_type) for span in judge_trace.data.spans] == [
        ("tone", "EVALUATOR"),
        ("chat stub-chat-1", "CHAT_MODEL"),
    ]
    assert judge_trace.info.token_usage["total_tokens"] > 0
    judges = mlflow.get_experiment_by_name("kansoku/judges").experiment_id
    assert judge_trace.info.experiment_id == judges

    def scorers_that_asked() -> set[str]:
        judged = f"metadata.`kansoku.judge.traceId` = '{polite}'"
        traces = mlflow.search_traces(locations=[judges], filter_string=judged, return_type="list")
        return {trace.info.trace_metadata["kansoku.judge.scorer"] for trace in traces}

    assert eventually(lambda: scorers_that_asked() == {"tone", "rule"})

    broken = ask("two", "[no JSON]")
    failed = scored(broken, "tone")
    assert failed.value is None and failed.error is not None


def test_a_session_is_judged_when_it_is_idle(judging, judged):
    polite = make_judge(
        name="polite",
        instructions="Is the assistant polite in {{ conversation }}?",
        model="gateway:/stub",
        feedback_value_type=str,
    )
    polite.register(experiment_id=judged).start(sampling_config=ALL)
    ConversationCompleteness(model="gateway:/stub").register(experiment_id=judged).start(sampling_config=ALL)
    session = f"s-{uuid.uuid4().hex[:8]}"
    first = ask("one", "Gladly.", session)
    ask("two", "No. [result: no] [rationale: The second answer is curt.]", session)
    found = scored(first, "polite")
    assert (found.value, found.rationale) == ("no", "The second answer is curt.")
    assert found.metadata["mlflow.trace.session"] == session
    assert found.metadata["mlflow.assessment.onlineScoringSessionId"] == session
    assert scored(first, "conversation_completeness").value == "no"

    # The session goes on, and is judged anew: the new verdict takes the place of the old one.
    ask("three", "Sorry.", session)

    def verdicts() -> list[str]:
        given = mlflow.get_trace(first).info.assessments
        return [one.assessment_id for one in given if one.name == "polite"]

    assert eventually(lambda: len(verdicts()) == 1 and verdicts() != [found.assessment_id], seconds=30)


def test_a_new_version_scores_what_comes_after_it_and_a_stopped_scorer_nothing(judging, judged):
    def judge(question: str):
        return make_judge(name="tone", instructions=question + " {{ outputs }}", model="gateway:/stub", feedback_value_type=str)

    judge("First?").register(experiment_id=judged).start(sampling_config=ALL)
    first = scored(ask("one", "[result: a]"), "tone")
    second = judge("Second?").register(experiment_id=judged)
    after = scored(ask("two", "[result: b]"), "tone")
    versions = [one.metadata["mlflow.assessment.scorerVersion"] for one in (first, after)]
    assert versions == ["1", "2"]

    second.stop(experiment_id=judged)
    create_check(judging, judged, "length", {"type": "length", "max": 1000})
    start_check(judging, judged, "length", 1.0)
    last = ask("three", "[result: c]")
    assert scored(last, "length") is not None
    assert feedback(last, "tone") is None


def test_past_traces_are_scored_by_a_backfill_with_the_sampling_of_mlflow(judging, judged):
    from mlflow.genai.scorers.online.sampler import OnlineScorerSampler

    traces = [ask(str(n), f"[result: answer {n}]") for n in range(12)]
    tone = make_judge(name="tone", instructions="Polite? {{ outputs }}", model="gateway:/stub", feedback_value_type=str)
    tone.register(experiment_id=judged)
    create_check(judging, judged, "length", {"type": "length"})
    rates = {"tone": 0.5, "length": 1.0}
    backfill = {"scorers": [{"scorer": name, "sample_rate": rate} for name, rate in rates.items()]}
    forecast = scorers(judging, judged, "/backfills/forecast", backfill)
    assert (forecast["traces"], forecast["complete"]) == (12, True)
    assert {one["scorer"]: one["assessed"] for one in forecast["scorers"]} == {"tone": 6, "length": 12}

    created = scorers(judging, judged, "/backfills", backfill)
    done = lambda: scorers(judging, judged, f"/backfills/{created['backfill_id']}")["state"] == "done"  # noqa: E731
    assert eventually(done, seconds=30)

    class Named:
        def __init__(self, name):
            self.name = name

    sampler = OnlineScorerSampler([])
    sampler._sample_rates = rates
    for number, trace in enumerate(traces):
        expected = {one.name for one in sampler.sample(trace, [Named(name) for name in rates])}
        assert {one.name for one in mlflow.get_trace(trace).info.assessments} == expected
        if "tone" in expected:
            assert feedback(trace, "tone").value == f"answer {number}"

    # One trace is scored again, and its feedback replaced.
    scored_trace = next(trace for trace in traces if feedback(trace, "tone"))
    before = feedback(scored_trace, "tone")
    assert scorers(judging, judged, "/rescore", {"scorer": "tone", "trace_ids": [scored_trace]}) == {"rescored": 1}
    key = "mlflow.assessment.scorerTraceId"

    def is_replaced() -> bool:
        after = feedback(scored_trace, "tone")
        return after is not None and after.metadata[key] != before.metadata[key]

    assert eventually(is_replaced, seconds=30)


def test_a_failure_is_listed_and_retried(judging, judged):
    tone = make_judge(name="tone", instructions="Polite? {{ outputs }}", model="gateway:/stub", feedback_value_type=str)
    tone.register(experiment_id=judged).start(sampling_config=ALL)
    broken = ask("one", "[no JSON]")
    assert scored(broken, "tone").error is not None
    listed = eventually(lambda: scorers(judging, judged, "/failures?scorer=tone")["failures"])
    assert [one["trace_id"] for one in listed] == [broken]
    assert scorers(judging, judged, "/failures/retry", {"scorer": "tone"}) == {"retried": 1}
    # It fails again, and is listed again.
    is_new = lambda: [one["failure_id"] for one in scorers(judging, judged, "/failures")["failures"]] != [  # noqa: E731
        listed[0]["failure_id"]
    ] and scorers(judging, judged, "/failures")["failures"]
    assert eventually(is_new, seconds=30)
    assert scored(broken, "tone").error is not None


def test_the_same_traces_are_sampled_as_by_mlflow(judging, judged):
    from mlflow.genai.scorers.online.sampler import OnlineScorerSampler

    rates = {"half": 0.5, "quarter": 0.25, "all": 1.0}
    for name, rate in rates.items():
        create_check(judging, judged, name, {"type": "length"})
        start_check(judging, judged, name, rate)
    traces = [ask(str(n), f"answer {n}") for n in range(20)]
    assert all(scored(trace, "all") for trace in traces)

    class Named:
        def __init__(self, name):
            self.name = name

    sampler = OnlineScorerSampler([])
    sampler._sample_rates = rates
    for trace in traces:
        expected = {one.name for one in sampler.sample(trace, [Named(name) for name in rates])}
        assert {one.name for one in mlflow.get_trace(trace).info.assessments} == expected


def test_traces_that_ended_before_a_kill_are_scored_once_after_the_restart(judging, judged):
    tone = make_judge(name="tone", instructions="Polite? {{ outputs }}", model="gateway:/stub", feedback_value_type=str)
    tone.register(experiment_id=judged).start(sampling_config=ALL)
    traces = [ask(str(n), f"[result: answer {n}]") for n in range(10)]
    judging.kill()
    judging.start()
    for number, trace in enumerate(traces):
        assert scored(trace, "tone").value == f"answer {number}"


def test_a_scorer_that_cannot_be_run_is_refused_with_the_reason(judged):
    from mlflow.exceptions import MlflowException

    lost = Guidelines(name="lost", guidelines=["x"], model="gateway:/nobody")
    with pytest.raises(MlflowException, match="nobody"):
        lost.register(experiment_id=judged)
    keyless = Guidelines(name="keyless", guidelines=["x"], model="anthropic:/claude").register(experiment_id=judged)
    with pytest.raises(MlflowException, match="ANTHROPIC_API_KEY"):
        keyless.start(sampling_config=ALL)
