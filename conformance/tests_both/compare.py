"""Two answers, made comparable: ids and times become the order in which they appear."""

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
            return sorted(plain, key=lambda pair: pair["key"]) if all(is_pair(item) for item in plain) else plain
        if isinstance(value, str):
            return "<time>" if value.isdigit() and is_now(int(value)) else self.text(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and is_now(value):
            return "<time>"
        return value

    def text(self, text: str) -> str:
        text = ID.sub(lambda found: self.known.setdefault(found[0], f"<id {len(self.known)}>"), text)
        return ISO.sub("<time>", text)


def is_pair(item) -> bool:
    """Whether it is a tag or the like: MLflow's server lists these in no order."""
    return isinstance(item, dict) and item.keys() == {"key", "value"}


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
