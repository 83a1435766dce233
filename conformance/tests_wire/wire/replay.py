"""Replays a story against a server and compares every response.

A story is a list of steps: a request, and the response that clients rely on.
Responses must be equal except for values that a server may choose: `<id>`,
`<time>` and others match these, `<id as name>` also remembers the value, and
`${name}` in a later request or response repeats it. A key that ends in `~` may
be absent. On MLflow's own server a step marked `ours_only` is skipped, and the
response of one marked `differs` is not compared; both marks give the reason.
"""

import json
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from . import spans
from .caller import Caller, assert_error

KINDS = {
    "any": r"(?s).*",
    "text": r"(?s).+",
    "id": r"[\w-]+",
    "assessment": r"a-[0-9a-f]{32}",
    "hex32": r"[0-9a-f]{32}",
    "number": r"\d+",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6}|\.\d{9})?Z",
    "duration": r"\d+(\.\d+)?s",
    "ms": r"1[0-9]{12}",
}
WILDCARD = re.compile(r"<(\w+)(?: as (\w+))?>")


@dataclass
class Story:
    name: str
    steps: list
    traces: list = field(default_factory=list)
    headers: dict = field(default_factory=dict)
    ours_only: str = ""


def stories(folder: Path) -> list[Story]:
    return [
        Story(name=f"{path.stem}: {story.pop('story')}", **story)
        for path in sorted(folder.glob("*.yaml"))
        for story in yaml.safe_load(path.read_text())
    ]


def play(story: Story, caller: Caller, on_reference: bool = False):
    known = {
        "experiment": caller.experiment("story"),
        "unique": uuid.uuid4().hex[:12],
        "host": caller.url,
        **{f"span{n}": spans.b64(spans.span_id(n)) for n in range(1, 6)},
    }
    for trace in story.traces:
        hex_id = spans.new_trace()
        known |= {
            trace: f"tr-{hex_id}",
            f"{trace}.hex": hex_id,
            f"{trace}.b64": spans.b64(bytes.fromhex(hex_id)),
        }
    for number, step in enumerate(story.steps, 1):
        if on_reference and step.get("ours_only"):
            continue
        try:
            answer = _send(step, story, caller, known)
            if not (on_reference and step.get("differs")):
                _check(step, answer, known)
        except AssertionError as failure:
            told = f"step {number} of “{story.name}”: {step['do']}"
            raise AssertionError(f"{told}\n{failure}") from None


def _send(step: dict, story: Story, caller: Caller, known: dict) -> httpx.Response:
    method, path = substitute(step["do"], known).split(" ", 1)
    headers = {**story.headers, **step.get("headers", {})}
    request = {"headers": substitute(headers, known)}
    if "body" in step:
        request["json"] = substitute(step["body"], known)
    elif "text" in step:
        request["content"] = substitute(step["text"], known).encode()
    elif "otlp" in step:
        request["content"] = _otlp(step["otlp"], known)
        request["headers"] = {
            "content-type": step["otlp"].get("type", "application/x-protobuf"),
            "x-mlflow-experiment-id": known["experiment"],
            **request["headers"],
        }
    return caller.ask(method, path, **request)


def _check(step: dict, answer: httpx.Response, known: dict):
    if "error" in step:
        assert_error(answer, step["status"], step["error"])
        return
    said = f"answered {answer.status_code} {answer.text[:2000]}"
    assert answer.status_code == step.get("status", 200), said
    if "answer" in step:
        told = answer.json() if answer.content.strip() else {}
        differences = list(compare(step["answer"], told, known))
        assert not differences, "\n".join([*differences, said])
    if "answer_text" in step:
        assert list(compare(step["answer_text"], answer.text, known)) == [], said


def _otlp(batch: dict, known: dict) -> bytes:
    made = []
    for one in substitute(batch["spans"], known):
        one = dict(one, trace=known[f"{one['trace']}.hex"])
        one["links"] = [dict(link, trace=known[f"{link['trace']}.hex"]) for link in one.get("links", [])]
        made.append(spans.span(**one))
    build = spans.otlp_json if batch.get("type") == "application/json" else spans.protobuf
    return build(made, batch.get("resource"))


def substitute(value, known: dict):
    """`value` with every `${name}` replaced by the value in `known`."""
    if isinstance(value, dict):
        return {substitute(key, known): substitute(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, known) for item in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{([\w.]+)\}", value)
    if whole:
        return known[whole[1]]
    return re.sub(r"\$\{([\w.]+)\}", lambda name: str(known[name[1]]), value)


def compare(wanted, told, known: dict, at: str = "answer"):
    """Yields one line per difference; stores the values of `<… as name>` in `known`."""
    if isinstance(wanted, dict) and list(wanted) == ["<json>"]:
        yield from compare(wanted["<json>"], _parsed(told), known, f"{at} (as JSON)")
    elif isinstance(wanted, dict) and list(wanted) == ["<has>"]:
        yield from _compare_part(wanted["<has>"], told, known, at)
    elif isinstance(wanted, dict):
        yield from _compare_object(wanted, told, known, at)
    elif isinstance(wanted, list):
        yield from _compare_list(wanted, told, known, at)
    elif isinstance(wanted, str) and (wildcard := WILDCARD.fullmatch(wanted)):
        text = told if isinstance(told, str) else json.dumps(told)
        if re.fullmatch(KINDS[wildcard[1]], text):
            known |= {wildcard[2]: told} if wildcard[2] else {}
        else:
            yield f"{at}: wanted {wanted}, was told {told!r}"
    elif (wanted := substitute(wanted, known)) != told or isinstance(wanted, bool) != isinstance(told, bool):
        yield f"{at}: wanted {wanted!r}, was told {told!r}"


def _parsed(told):
    try:
        return json.loads(told)
    except (TypeError, ValueError):
        return told


def _compare_part(wanted, told, known, at):
    """Compares an object that must contain the wanted keys and may have more."""
    if not isinstance(told, dict):
        yield f"{at}: wanted an object, was told {told!r}"
        return
    for key, value in wanted.items():
        if key not in told:
            yield f"{at}.{key}: missing"
        else:
            yield from compare(value, told[key], known, f"{at}.{key}")


def _compare_object(wanted, told, known, at):
    if not isinstance(told, dict):
        yield f"{at}: wanted an object, was told {told!r}"
        return
    optional = {key[:-1] for key in wanted if key.endswith("~")}
    named = {key.removesuffix("~"): value for key, value in wanted.items()}
    for key in sorted(set(named) - set(told) - optional):
        yield f"{at}.{key}: missing"
    for key in sorted(set(told) - set(named)):
        yield f"{at}.{key}: unexpected {told[key]!r}"
    for key in named:
        if key in told:
            yield from compare(named[key], told[key], known, f"{at}.{key}")


def _compare_list(wanted, told, known, at):
    if not isinstance(told, list):
        yield f"{at}: wanted a list, was told {told!r}"
        return
    if wanted and all(isinstance(item, dict) and "key" in item for item in wanted):
        wanted = _named_pairs(wanted, {pair["key"] for pair in told})
        told = sorted(told, key=lambda pair: pair["key"])
    if len(wanted) != len(told):
        yield f"{at}: wanted {len(wanted)} items, was told {len(told)}: {told!r}"
        return
    for index, (one, other) in enumerate(zip(wanted, told)):
        yield from compare(one, other, known, f"{at}[{index}]")


def _named_pairs(wanted: list[dict], told_keys: set[str]) -> list[dict]:
    """The wanted key-value pairs sorted by key, without optional ones that are absent from the response."""
    named = [
        dict(pair, key=pair["key"].removesuffix("~"))
        for pair in wanted
        if not pair["key"].endswith("~") or pair["key"][:-1] in told_keys
    ]
    return sorted(named, key=lambda pair: pair["key"])
