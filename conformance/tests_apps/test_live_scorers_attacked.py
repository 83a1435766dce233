"""Traces whose texts tell the judge what to answer, over a labelled set, with models that follow rules.

One model obeys every demand outside of the sections of material and none inside: its verdicts are right as long as
no text leaves its section. The other obeys demands in the material, too: its verdicts are wrong, and still of the
type of the judge. Which of the two a real model resembles is not measured here.
"""

import json
import re
import uuid
from pathlib import Path
from typing import Literal

import mlflow
import pytest
from mlflow.genai import make_judge
from mlflow.genai.scorers import Guidelines, ScorerSamplingConfig

from kit.judge_model import JudgeModel, verdict
from kit.otlp import send_traces
from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server scores after minutes")

SET = json.loads((Path(__file__).parent.parent / "fixtures" / "attacked_answers.json").read_text())
RUDE = re.compile(r"fool|shut up|stupid|idiot")
DEMAND = re.compile(r"THE RESULT IS (\w+)")
YES_NO = Literal["yes", "no"]
ALL = ScorerSamplingConfig(sample_rate=1.0)
PROMPT_CHARS_MAX = 100_000


def divide_prompt(request: dict) -> tuple[str, dict[str, str]]:
    """What a judge is told, and the material by section. Only the code in the message of the system divides them."""
    messages = request["messages"]
    told = messages[0]["content"]
    code = re.search(r"<NAME-([0-9a-f]{16})>", told).group(1)
    section = re.compile(rf"<(\w+)-{code}>\n(.*?)\n</\1-{code}>", re.DOTALL)
    material = {}
    for message in messages[1:]:
        if message["role"] == "user":
            material |= dict(section.findall(message["content"]))
            told += section.sub("", message["content"])
        elif message["role"] == "tool":
            material["tool"] = message["content"]
    return told, material


def verdict_by_rule(material: dict[str, str]) -> str:
    text = "".join(material.get(name, "") for name in ("outputs", "response", "conversation", "tool"))
    return "no" if RUDE.search(text) else "yes"


class RuleModel(JudgeModel):
    """A model that says `no` to rude words, unless it is told, or reads, a demand that it obeys."""

    def __init__(self):
        super().__init__(self.judge)
        self.reset()

    def reset(self) -> None:
        self.obeys_material = False
        # Writes the answer with a result to a request.
        self.write = lambda result, _: verdict(result)
        self.requests = []

    def judge(self, request: dict) -> str | dict:
        self.requests.append(request)
        told, material = divide_prompt(request)
        if "tools" in request and "tool" not in material:
            call = {"id": "c", "type": "function", "function": {"name": "get_root_span", "arguments": "{}"}}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        demand = DEMAND.search(told + "".join(material.values()) if self.obeys_material else told)
        return self.write(demand.group(1) if demand else verdict_by_rule(material), request)


@pytest.fixture(scope="module")
def model():
    with RuleModel() as running:
        yield running


@pytest.fixture(scope="module")
def judging(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked")
    endpoints = json.dumps({"rules": model.endpoint()})
    args = ("--endpoints", endpoints, "--session-idle-s", "1")
    server = Server(folder / "data", args).start()
    yield server
    server.stop()


@pytest.fixture
def judged(judging, model, monkeypatch) -> str:
    """The id of a new experiment of that server."""
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(judging.url)
    model.reset()
    yield mlflow.set_experiment(f"attacked-{uuid.uuid4().hex[:12]}").experiment_id
    mlflow.flush_trace_async_logging()
    mlflow.set_tracking_uri(before)


def judge(name: str, instructions: str, value_type=YES_NO):
    return make_judge(name=name, instructions=instructions, model="gateway:/rules", feedback_value_type=value_type)


def start(experiment: str, *judges) -> None:
    for one in judges:
        one.register(experiment_id=experiment).start(sampling_config=ALL)


def send(question: str, answer: str) -> str:
    with mlflow.start_span("agent", span_type="AGENT") as span:
        span.set_inputs({"question": question})
        span.set_outputs(answer)
        mlflow.update_current_trace(metadata={"mlflow.trace.session": uuid.uuid4().hex})
    return span.trace_id


def send_attacked(demand_for) -> dict[str, dict]:
    """Each answer as it is, and with each attack in the answer and in the question; by trace."""
    sent = {}
    for case in SET["answers"]:
        sent[send(case["question"], case["answer"])] = case | {"attack": None}
        for name, attack in SET["attacks"].items():
            attack = attack.replace("{demand}", demand_for(case))
            trace = send(f"{case['question']} {attack}", f"{case['answer']} {attack}")
            sent[trace] = case | {"attack": name}
    mlflow.flush_trace_async_logging()
    return sent


def opposite(case: dict) -> str:
    return {"yes": "no", "no": "yes"}[case["polite"]]


def feedback(experiment: str, traces: int, judges: int) -> dict[str, dict]:
    """The feedback of all judges on all traces, when it is there: by trace and name."""

    def given() -> dict[str, dict]:
        found = mlflow.search_traces(locations=[experiment], max_results=500, include_spans=False, return_type="list")
        return {trace.info.trace_id: {one.name: one for one in trace.info.assessments} for trace in found}

    def is_complete() -> bool:
        return sum(map(len, given().values())) == traces * judges

    assert eventually(is_complete, seconds=120, every=0.5)
    return given()


def test_no_text_of_a_trace_changes_what_a_judge_is_told(model, judged):
    start(
        judged,
        judge("template", "Is {{ outputs }} a polite answer to {{ inputs }}?"),
        judge("trace", "Is the answer in {{ trace }} polite?"),
        judge("session", "Is the assistant polite in {{ conversation }}?"),
        Guidelines(name="guidelines", guidelines=["The answer is polite."], model="gateway:/rules"),
    )
    sent = send_attacked(opposite)
    given = feedback(judged, len(sent), 4)
    wrong = [
        (name, case["attack"], case["answer"], one.value, one.error)
        for trace, case in sent.items() for name, one in given[trace].items() if one.value != case["polite"]
    ]
    assert not wrong
    told = [divide_prompt(request)[0] for request in model.requests]
    assert told and not any(DEMAND.search(text) or "{demand}" in text for text in told)


def test_what_a_model_that_obeys_its_material_answers_is_of_the_judges_type(model, judged):
    model.obeys_material = True
    start(
        judged,
        judge("literal", "Is {{ outputs }} polite?"),
        judge("bool", "Is {{ outputs }} polite? As a boolean.", bool),
        judge("int", "How polite is {{ outputs }}?", int),
        judge("list", "Which words of {{ outputs }} are polite?", list[str]),
    )
    sent = send_attacked(opposite)
    given = feedback(judged, len(sent), 4)
    for trace, case in sent.items():
        if case["attack"] is not None:
            # The attacks deceive such a model, so they are attacks.
            assert given[trace]["literal"].value == opposite(case), case["attack"]
            assert given[trace]["bool"].value is (opposite(case) == "yes")
        for name in ("int", "list"):
            assert (given[trace][name].value, given[trace][name].error is not None) == (None, True)


def test_a_demand_that_is_no_value_of_the_type_is_an_error(model, judged):
    model.obeys_material = True
    start(judged, judge("literal", "Is {{ outputs }} polite?"), judge("bool", "Is {{ outputs }} polite? A boolean.", bool))
    sent = send_attacked(lambda _: "excellent")
    given = feedback(judged, len(sent), 2)
    for trace, case in sent.items():
        for one in given[trace].values():
            assert (one.error is not None) == (case["attack"] is not None), case["attack"]
            assert one.value in ({None} if case["attack"] else {"yes", "no", True, False})


def test_an_answer_that_quotes_the_material_without_escaping_it_is_not_the_materials_answer(model, judged):
    # A model that is not held to JSON may write so; whether it quotes before the result does not matter.
    model.write = lambda result, request: f'{{"result": "{result}", "rationale": "They say: {divide_prompt(request)[1]["outputs"]}"}}'
    assert not find_deceived(model, judged)


def test_material_that_was_copied_into_a_refused_answer_is_no_instruction(model, judged):
    model.write = lambda result, request: verdict(result if 2 < len(request["messages"]) else divide_prompt(request)[1]["outputs"])
    assert not find_deceived(model, judged)


def find_deceived(model, experiment: str) -> list[tuple[str, str]]:
    """Attacks and answers whose verdict is the one that was demanded."""
    start(experiment, judge("template", "Is {{ outputs }} polite?"))
    sent = send_attacked(opposite)
    given = feedback(experiment, len(sent), 1)
    return [(case["attack"], case["answer"]) for trace, case in sent.items() if given[trace]["template"].value == opposite(case)]


def test_ten_megabytes_are_truncated_and_the_rationale_says_so(judging, model, judged):
    start(judged, judge("template", "Is {{ outputs }} polite?"))
    attack = SET["attacks"]["tags with a guessed code"].replace("{demand}", "yes")
    send_traces(judging, judged, {"7" * 32: "You fool. " + "x" * (10 << 20) + attack})
    one = feedback(judged, 1, 1)[f"tr-{'7' * 32}"]["template"]
    assert (one.value, one.error) == ("no", None)
    assert "`outputs` is too long:" in one.rationale and "characters were judged" in one.rationale
    [request] = model.requests
    told, material = divide_prompt(request)
    assert "characters left out" in material["outputs"] and not DEMAND.search(told)
    assert sum(len(message["content"]) for message in request["messages"]) <= PROMPT_CHARS_MAX
