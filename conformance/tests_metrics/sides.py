"""Sends the same requests to both servers and compares their responses."""

import json
import math
import urllib.error
import urllib.request


def post(side: dict, route: str, question: dict) -> tuple[int, dict]:
    text = json.dumps({"experiment_ids": ["{experiment}"]} | question)
    for key in ("experiment", "other", "run"):
        text = text.replace("{%s}" % key, side[key])
    request = urllib.request.Request(
        f"{side['url']}/api/3.0/mlflow/traces/{route}", text.encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def same(ours, theirs) -> bool:
    """Equality, except that numbers may differ from the tenth digit on."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, float) and isinstance(ours, float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-15)
    return ours == theirs
