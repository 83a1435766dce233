"""`mlflow.genai.evaluate` with code scorers: over a function, traces, rows and a dataset; two versions compared."""

import json
import urllib.request

import mlflow
import pytest

from kit.client import needs
from kit.server import is_reference
from kit.traces import flush, found, record

pytestmark = needs(client="3.6", full=True, why="genai.evaluate")


@pytest.fixture(autouse=True)
def no_active_model():
    yield
    mlflow.clear_active_model()


def scorers():
    from mlflow.genai.scorers import scorer

    @scorer
    def exact(outputs, expectations) -> bool:
        return outputs == expectations["expected_response"]

    @scorer
    def length(outputs) -> int:
        return len(outputs)

    return [exact, length]


ROWS = [
    {"inputs": {"question": "a"}, "expectations": {"expected_response": "A"}},
    {"inputs": {"question": "b"}, "expectations": {"expected_response": "B"}},
    {"inputs": {"question": "c"}, "expectations": {"expected_response": "C!"}},
]


@mlflow.trace
def shout(question: str) -> str:
    return question.upper()


@mlflow.trace
def shout_loudly(question: str) -> str:
    return f"{question.upper()}!"


def feedback_of(trace) -> dict:
    return {one.name: one.value for one in trace.info.assessments if one.feedback is not None}


def test_a_function_is_evaluated_row_by_row():
    result = mlflow.genai.evaluate(data=ROWS, predict_fn=shout, scorers=scorers())
    assert result.metrics["exact/mean"] == pytest.approx(2 / 3)
    assert result.metrics["length/mean"] == 1
    flush()
    traces = found(run_id=result.run_id)
    assert sorted((trace.data.response, feedback_of(trace)["exact"]) for trace in traces) == [
        ('"A"', True), ('"B"', True), ('"C"', False),
    ]
    expected = [one for trace in traces for one in trace.info.assessments if one.expectation is not None]
    assert {one.name for one in expected} == {"expected_response"}
    assert {one.value for one in expected} == {"A", "B", "C!"}
    run = mlflow.get_run(result.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["exact/mean"] == pytest.approx(2 / 3)
    assert len(run.inputs.dataset_inputs) == 1
    name = run.inputs.dataset_inputs[0].dataset.name
    same = mlflow.search_runs(filter_string=f"datasets.name = '{name}'", output_format="list")
    assert [one.info.run_id for one in same] == [result.run_id]


def test_traces_that_exist_are_evaluated_where_they_are():
    ids = {record("one"), record("two")}
    flush()
    traces = mlflow.search_traces()
    from mlflow.genai.scorers import scorer

    @scorer
    def spans(trace) -> int:
        return len(trace.data.spans)

    result = mlflow.genai.evaluate(data=traces, scorers=[spans])
    assert result.metrics["spans/mean"] == 2
    evaluated = found(run_id=result.run_id)
    assert {trace.info.trace_id for trace in evaluated} == ids
    assert [feedback_of(trace)["spans"] for trace in evaluated] == [2, 2]


def test_rows_with_outputs_are_evaluated_without_a_function():
    rows = [{**row, "outputs": row["inputs"]["question"].upper()} for row in ROWS]
    result = mlflow.genai.evaluate(data=rows, scorers=scorers())
    assert result.metrics["exact/mean"] == pytest.approx(2 / 3)
    assert len(found(run_id=result.run_id)) == 3


@needs(full=True, form="plain", why="datasets of evaluations, which databricks form keeps in tables")
def test_a_dataset_is_evaluated_and_its_run_names_it(experiment):
    from mlflow.genai.datasets import create_dataset, get_dataset

    dataset = create_dataset(name="golden", experiment_id=experiment.experiment_id)
    dataset.merge_records(ROWS)
    result = mlflow.genai.evaluate(data=get_dataset(dataset_id=dataset.dataset_id), predict_fn=shout, scorers=scorers())
    assert result.metrics["exact/mean"] == pytest.approx(2 / 3)
    assert len(found(run_id=result.run_id)) == 3
    used = mlflow.get_run(result.run_id).inputs.dataset_inputs[0].dataset
    assert used.name == "golden"
    assert dataset.dataset_id in used.source
    assert used.digest == get_dataset(dataset_id=dataset.dataset_id).digest


@needs(full=True, form="plain", why="files of logged models, which databricks form signs URLs for")
def test_two_versions_are_compared_by_their_models():
    means = {}
    for name, function in (("v1", shout), ("v2", shout_loudly)):
        model = mlflow.set_active_model(name=name)
        result = mlflow.genai.evaluate(data=ROWS, predict_fn=function, scorers=scorers())
        means[name] = result.metrics["exact/mean"]
        flush()
        traces = mlflow.search_traces(model_id=model.model_id, return_type="list")
        assert {trace.info.trace_id for trace in traces} == {
            trace.info.trace_id for trace in found(run_id=result.run_id)
        }
        metrics = {metric.key: metric.value for metric in mlflow.get_logged_model(model.model_id).metrics or []}
        assert metrics["exact/mean"] == pytest.approx(means[name])
    assert means["v1"] == pytest.approx(2 / 3) and means["v2"] == pytest.approx(1 / 3)
    better = mlflow.search_logged_models(filter_string="metrics.`exact/mean` > 0.5", output_format="list")
    assert [model.name for model in better] == ["v1"]


def compared(server, *runs: str) -> dict:
    """The comparison of runs, by a route of Kansoku that no client of MLflow has."""
    experiment = mlflow.get_run(runs[0]).info.experiment_id
    path = f"experiments/{experiment}/evaluations/compare?runs={','.join(runs)}"
    headers = {"Authorization": f"Bearer {server.access_token}"} if server.access_token else {}
    request = urllib.request.Request(f"{server.url}/api/3.0/kansoku/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.skipif(is_reference(), reason="MLflow's server has no such route")
def test_two_evaluations_are_compared_case_by_case(server):
    first = mlflow.genai.evaluate(data=ROWS, predict_fn=shout, scorers=scorers()).run_id
    second = mlflow.genai.evaluate(data=ROWS, predict_fn=shout_loudly, scorers=scorers()).run_id
    flush()
    answer = compared(server, first, second)
    assert [run["run_id"] for run in answer["runs"]] == [first, second]
    assert [run["cases"] for run in answer["runs"]] == [3, 3]
    assert answer["total"] == 3 and answer["inputs_by_preview"] == 0
    (comparison,) = answer["comparisons"]
    assert (comparison["pairs"], comparison["only_baseline"], comparison["only_other"]) == (3, 0, 0)
    exact, length = comparison["scorers"]
    assert (exact["name"], exact["won"], exact["lost"], exact["same"]) == ("exact", 1, 2, 0)
    assert exact["baseline"] == pytest.approx(2 / 3) and exact["other"] == pytest.approx(1 / 3)
    assert (length["name"], length["won"], length["difference"]) == ("length", 3, 1)
    assert [row["changes"][0]["exact"] for row in answer["rows"]] == ["lost", "lost", "won"]
    assert answer["rows"][2]["input"] == "c"
    assert [case["output"] for case in answer["rows"][2]["cases"]] == ["C", "C!"]
    expected = answer["rows"][2]["cases"][0]["expectations"]
    assert [one["value"] for one in expected] == ["C!"]
