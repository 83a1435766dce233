"""What Kansoku answers is what MLflow 3.17.2 answers, call by call, also to wrong calls."""

import importlib
import json
import os
from pathlib import Path
from random import Random

import pytest
from call import Call, Variant, variants
from compare import differences, is_listed

SCRIPTS = sorted(path.stem.removeprefix("calls_") for path in Path(__file__).parent.glob("calls_*.py"))
WRONG_EACH = 40 if os.environ.get("KANSOKU_ALL") else 5


@pytest.mark.parametrize("script", SCRIPTS)
def test_both_servers_answer_alike(script, sides):
    seed = int(os.environ.get("KANSOKU_SEED", "0")) or Random().randrange(1, 2**32)
    print(f"KANSOKU_SEED={seed}")
    random, found, sent = Random(seed), [], 0
    for call in importlib.import_module(f"calls_{script}").CALLS:
        for variant in variants(call, random, WRONG_EACH) if call.wrong else []:
            sent += 1
            if problem := compare_refusals(sides, variant):
                if not variant.reason:
                    found.append(f"{call.method} {call.path} with {variant.name}={variant_text(variant.value)}: {problem}")
        sent += 1
        found += compare_answers(sides, call)
    assert not found, f"KANSOKU_SEED={seed}, {sent} calls, {len(found)} differences\n" + "\n".join(found[:60])


def variant_text(value) -> str:
    return "(left out)" if type(value) is object else json.dumps(value)[:40]


def compare_refusals(sides, variant: Variant) -> str | None:
    (ours, our_body), (theirs, their_body) = (side.send(variant.as_call()) for side in sides)
    is_invalid = ours == 400 and our_body.get("error_code") == "INVALID_PARAMETER_VALUE"
    if is_invalid and (variant.is_of_another_type and theirs < 400 or variant.is_too_long):
        return None
    if theirs >= 500:
        return None if 400 <= ours < 500 else f"ours {ours} {short(our_body)}, theirs {theirs}"
    codes = [body.get("error_code") if isinstance(body, dict) else None for body in (our_body, their_body)]
    if ours != theirs or (theirs >= 400 and codes[0] != codes[1]):
        return f"ours {ours} {short(our_body)}, theirs {theirs} {short(their_body)}"
    for side, body in zip(sides, (our_body, their_body)):
        side.names.plain(body)
    return None


def compare_answers(sides, call: Call) -> list[str]:
    answers = [side.send(call) for side in sides]
    for name, (status, body) in zip(("ours", "theirs"), answers):
        if status != call.status:
            return [f"{call}: {name} {status} {short(body)}, expected {call.status}"]
    if call.status >= 400:
        codes = [body.get("error_code") for _, body in answers]
        return [] if codes[0] == codes[1] else [f"{call}: {codes}"]
    for side, (_, body) in zip(sides, answers):
        side.keep(call, body)
    plain = [side.names.plain(body) for side, (_, body) in zip(sides, answers)]
    return [f"{call}: {path}: ours {short(ours)}, theirs {short(theirs)}"
            for path, ours, theirs in differences(*plain) if not is_listed(path, call.differs)]


def short(value) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]
