"""Two answers, made comparable: ids and times become the order in which they appear."""

import json
import math
import re
import time

DAY_MS = 86_400_000
# A run or trace, a logged model or dataset, a webhook; an assessment; a UUID.
ID = re.compile(r"\b(?:[a-z]{1,4}-)?[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
ISO = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")

# Opaque, and different in each server.
TOKENS = ("next_page_token",)


class Names:
    """Gives each id of one server a name by the order in which they appeared."""

    def __init__(self):
        self.known: dict[str, str] = {}

    def plain(self, value):
        if isinstance(value, dict):
            return {self.text(key): "<token>" if key in TOKENS else self.plain(item) for key, item in value.items()}
        if isinstance(value, list):
            plain = [self.plain(item) for item in value]
            return sorted(plain, key=lambda item: str(item["key"])) if all(map(has_key, plain)) else plain
        if isinstance(value, str):
            if value[:1] in ("{", "[") and (parsed := json_of(value)) is not None:
                return {"as JSON": self.plain(parsed)}
            return "<time>" if value.isdigit() and is_now(int(value)) else self.text(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and is_now(value):
            return "<time>"
        return value

    def text(self, text: str) -> str:
        text = ID.sub(lambda found: self.known.setdefault(found[0], f"<id {len(self.known)}>"), text)
        return ISO.sub("<time>", text)


def json_of(text: str):
    """The list or object in a text, if it is JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def has_key(item) -> bool:
    """Whether it is a tag, a param or a metric: MLflow's server lists those of different keys in no order."""
    return isinstance(item, dict) and "key" in item


def is_now(number: float) -> bool:
    """Milliseconds of these days: nothing else in an answer is such a number."""
    return abs(number - time.time() * 1000) < DAY_MS


def differences(ours, theirs, path: str = "") -> list[tuple[str, object, object]]:
    """Where two plain answers differ: path, ours, theirs."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [found for key in sorted(ours.keys() | theirs.keys())
                for found in differences(ours.get(key, "<missing>"), theirs.get(key, "<missing>"), f"{path}.{key}".lstrip("."))]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [found for index, pair in enumerate(zip(ours, theirs))
                for found in differences(*pair, f"{path}.{index}".lstrip("."))]
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (ours, theirs))
    if numbers and math.isclose(ours, theirs, rel_tol=1e-12):
        return []
    return [] if ours == theirs and type(ours) is type(theirs) else [(path, ours, theirs)]


def is_listed(path: str, patterns) -> bool:
    """Whether a pattern, in which `*` stands for one part, covers the path or what contains it."""
    parts = path.split(".")
    return any(len(pattern) <= len(parts) and all(want in ("*", part) for want, part in zip(pattern, parts))
               for pattern in (text.split(".") for text in patterns))
